//! What a configuration declares and what each declaration needs, for whoever shows it. Nothing is evaluated, so no variable
//! needs a value and none is told.

use std::collections::HashMap;

use super::configuration::Configuration;
use super::graph;
use super::reference::Target;
use crate::diag::Diagnostics;
use crate::object::Address;

/// What is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredKind {
    Provider,
    Variable,
    Local,
    Resource,
    Module,
    Output,
}

/// A declaration of a module at one place of the tree of calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// `var.size`, `module.a.output.url`: what is no resource is named as one.
    pub address: Address,
    pub kind: DeclaredKind,
    /// Has `count` or `for_each`.
    pub is_repeated: bool,
    /// Places of what it needs in the list this one stands in.
    pub needs: Vec<usize>,
}

impl Configuration {
    /// All declarations in the order in which they are written, providers first; references, `depends_on`, providers and
    /// calls are needs. Cycles and references to nothing are among the findings.
    pub fn dependencies(&self) -> (Vec<Declared>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let root = Address::default();
        let mut declared = Vec::new();
        let mut providers: HashMap<&str, usize> = HashMap::new();
        for block in self.modules[0].module.settings.iter().filter(|block| block.kind.text == "provider") {
            let Some(name) = block.labels.first() else { continue };
            if !providers.contains_key(name.text.as_str()) {
                providers.insert(&name.text, declared.len());
                let address = root.block("provider", &name.text, None);
                let kind = DeclaredKind::Provider;
                declared.push(Declared { address, kind, is_repeated: false, needs: Vec::new() });
            }
        }
        let first = declared.len();
        for (node, needs) in graph::needs(self, &mut diagnostics) {
            let place = self.place(node.module);
            let module = &self.modules[node.module].module;
            let mut needs: Vec<usize> = needs.into_iter().map(|need| first + need).collect();
            let mut is_repeated = false;
            let (kind, address) = match &node.target {
                Target::Variable(name) => (DeclaredKind::Variable, place.block("var", name, None)),
                Target::Local(name) => (DeclaredKind::Local, place.block("local", name, None)),
                Target::Output(name) => (DeclaredKind::Output, place.block("output", name, None)),
                Target::Call(name, _) => {
                    is_repeated = module.calls.get(name).is_some_and(|call| call.repetition.is_some());
                    (DeclaredKind::Module, place.module(name, None))
                }
                Target::Resource(kind, name) => {
                    let resource = module.resources.get(&(kind.clone(), name.clone()));
                    is_repeated = resource.is_some_and(|resource| resource.repetition.is_some());
                    let provider = resource.and_then(|resource| resource.provider.as_ref());
                    needs.extend(provider.and_then(|(name, _)| providers.get(name.as_str())));
                    (DeclaredKind::Resource, place.block(kind, name, None))
                }
            };
            declared.push(Declared { address, kind, is_repeated, needs });
        }
        (declared, diagnostics)
    }

    /// The address of a module, without keys.
    fn place(&self, module: usize) -> Address {
        let mut calls = Vec::new();
        let mut at = module;
        while let Some((parent, call)) = &self.modules[at].parent {
            calls.push(call);
            at = *parent;
        }
        calls.into_iter().rev().fold(Address::default(), |address, call| address.module(call, None))
    }
}
