//! The reference pages of all blocks: of a configuration, of providers, of definitions.

use super::Failure;
use super::Request;
use super::configuration::catalog;
use crate::catalog::definitions;
use crate::config::RESOURCE_KINDS;
use crate::config::policy_values;
use crate::config::reference::Page;
use crate::config::reference::pages;
use crate::config::schema;
use crate::diag::Sources;
use crate::diag::nearest;

/// Before the name of a block of `module.hcl`, a release or a `provider.hcl`.
const DEFINITION: &str = "definition";
/// Before the name of a value that rules of policies see.
const POLICY_VALUE: &str = "policy-value";

/// Every page, a block before those in it.
pub fn reference(request: &Request) -> Result<Vec<Page>, Failure> {
    let (facts, _) = catalog(request)?.facts(&mut Sources::new());
    let mut all = Vec::new();
    for block in schema::blocks() {
        let mut block = block.clone();
        if block.name == "provider" {
            block.blocks.extend(facts.providers.iter().map(|(name, provider)| {
                let mut one = provider.schema.clone();
                one.name.clone_from(name);
                one.maximum = Some(1);
                one
            }));
        }
        all.extend(pages(&block.name, &block, RESOURCE_KINDS.contains(&block.name.as_str())));
    }
    for value in policy_values() {
        all.extend(pages(&format!("{POLICY_VALUE}.{}", value.name), value, false));
    }
    for block in definitions() {
        all.extend(pages(&format!("{DEFINITION}.{}", block.name), block, false));
    }
    Ok(all)
}

/// One page.
///
/// # Errors
/// Where there is none of that name, with the name that was meant.
pub fn page<'a>(pages: &'a [Page], path: &str) -> Result<&'a Page, Failure> {
    let found = pages.iter().find(|page| page.path == path);
    found.ok_or_else(|| {
        let failure = Failure::world(format!("There is no page \"{path}\""), "no block is called that");
        match nearest(path, pages.iter().map(|page| page.path.as_str())) {
            Some(near) => failure.help(format!("Did you mean \"{near}\"?")),
            None => failure.help("`stackwright docs` lists all blocks."),
        }
    })
}
