//! The codes of findings: what programs go by, whatever the words are. `docs/diagnostics.md` lists them.
//!
//! A code stays as it is when its words get better: then the words change here too.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A value that only an apply makes known stands where a known one must. What depends on a failed expression is
/// unknown too, so after other errors this one only repeats them.
pub const VALUE_NOT_KNOWN: &str = "value-not-known";

/// A variable that must have a value has none. To look at what is there does not need it.
pub const NO_VARIABLE_VALUE: &str = "no-variable-value";

/// What a finding has whose words are not listed. A test keeps this from happening.
pub const UNLISTED: &str = "unlisted";

/// Each code with its words. Words that end with `…` begin a summary that goes on with a name.
pub const CODES: &[(&str, &str)] = &[
    // The language.
    ("ambiguous-key", "Ambiguous attribute key"),
    ("argument-after-expansion", "Invalid expanding argument value"),
    ("argument-redefined", "Attribute redefined"),
    ("check-failed", "Check block assertion failed"),
    ("check-without-assert", "Zero assert blocks"),
    ("conditional-types", "Inconsistent conditional result types"),
    ("cycle", "Cycle"),
    ("division-by-zero", "Division by zero"),
    ("duplicate-declaration", "Duplicate …"),
    ("duplicate-key", "Duplicate object key"),
    ("expression-failed", "Operation failed"),
    ("file-too-large", "File too large"),
    ("function-failed", "Error in function call"),
    ("index-of-null", "Attempt to index null value"),
    ("interpolation", "Invalid template interpolation value"),
    ("invalid-address", "Invalid address"),
    ("invalid-argument-name", "Invalid argument name"),
    ("invalid-character", "Invalid character"),
    ("invalid-count", "Invalid count argument"),
    ("invalid-default", "Invalid default value for variable"),
    ("invalid-depends-on", "Invalid depends_on reference"),
    ("invalid-dynamic-block", "Invalid dynamic block"),
    ("invalid-dynamic-for-each", "Invalid dynamic for_each value"),
    ("invalid-dynamic-label", "Invalid dynamic block label"),
    ("invalid-expression", "Invalid expression"),
    ("invalid-for-each", "Invalid for_each argument"),
    ("invalid-function-argument", "Invalid function argument"),
    ("invalid-ignore-changes", "Invalid ignore_changes"),
    ("invalid-import", "Invalid import"),
    ("invalid-import-id", "Invalid import id"),
    ("invalid-index", "Invalid index"),
    ("invalid-module-source", "Invalid module source"),
    ("invalid-operand", "Invalid operand"),
    ("invalid-optional-default", "Invalid default value for optional attribute"),
    ("invalid-provider", "Invalid provider"),
    ("invalid-reference", "Invalid reference"),
    ("invalid-resource-name", "Invalid resource name"),
    ("invalid-type", "Invalid type specification"),
    ("invalid-use-of-type", "Invalid use of type function"),
    ("invalid-value-for-variable", "Invalid value for variable"),
    ("invalid-variable-name", "Invalid variable name"),
    ("iteration-over-null", "Iteration over null value"),
    ("key-of-wrong-type", "Incorrect key type"),
    ("missing-map-element", "Missing map element"),
    ("module-unreadable", "Cannot read module"),
    (NO_VARIABLE_VALUE, "No value for required variable"),
    ("not-iterable", "Iteration over non-iterable value"),
    ("null-as-key", "Null value as key"),
    ("null-attribute", "Attempt to get attribute from null value"),
    ("output-sensitive", "Output refers to sensitive values"),
    ("required-variable-null", "Required variable not set"),
    ("reference-not-allowed", "References not allowed"),
    ("splat-of-null", "Splat of null value"),
    ("template-error", "Error in template"),
    ("text-too-long", "Text too long"),
    ("too-few-function-arguments", "Not enough function arguments"),
    ("too-many-function-arguments", "Too many function arguments"),
    ("too-much-to-evaluate", "Too much to evaluate"),
    ("unclosed-block", "Unclosed configuration block"),
    ("undeclared-name", "Reference to undeclared name"),
    ("undeclared-reference", "Reference to undeclared …"),
    ("undeclared-variable", "Value for undeclared variable"),
    ("unexpected-block", "Unexpected block in variables file"),
    ("unknown-function", "Call to unknown function"),
    ("unknown-name", "Unknown name"),
    ("unsupported-attribute", "Unsupported attribute"),
    ("value-too-deep", "Value too deeply nested"),
    ("value-too-large", "Value too large"),
    ("wrong-block-in-module", "Unsupported block in a module"),
    ("wrong-context", "Reference to …"),
    ("wrong-function-arguments", "Wrong number of function arguments"),
    ("argument-or-block-definition-required", "Argument or block definition required"),
    ("extra-characters-after-expression", "Extra characters after expression"),
    ("extra-characters-after-interpolation-expression", "Extra characters after interpolation expression"),
    ("incorrect-condition-type", "Incorrect condition type"),
    ("invalid-for-condition", "Invalid 'for' condition"),
    ("invalid-for-expression", "Invalid 'for' expression"),
    ("invalid-attribute-name", "Invalid attribute name"),
    ("invalid-block-definition", "Invalid block definition"),
    ("invalid-block-label", "Invalid block label"),
    ("invalid-condition", "Invalid condition"),
    ("invalid-escape-sequence", "Invalid escape sequence"),
    ("invalid-legacy-index", "Invalid legacy index"),
    ("invalid-number", "Invalid number"),
    ("invalid-template-condition", "Invalid template condition"),
    ("invalid-template-directive", "Invalid template directive"),
    ("missing-argument-separator", "Missing argument separator"),
    ("missing-attribute-separator", "Missing attribute separator"),
    ("missing-attribute-value", "Missing attribute value"),
    ("missing-close-bracket-on-index", "Missing close bracket on index"),
    ("missing-closing-parenthesis", "Missing closing parenthesis"),
    ("missing-expression", "Missing expression"),
    ("missing-false-expression-in-conditional", "Missing false expression in conditional"),
    ("missing-function-name", "Missing function name"),
    ("missing-item-separator", "Missing item separator"),
    ("missing-block-label", "Missing name for …"),
    ("missing-newline-after-argument", "Missing newline after argument"),
    ("missing-newline-after-block-definition", "Missing newline after block definition"),
    ("missing-open-parenthesis", "Missing open parenthesis"),
    ("module-output-value-precondition-failed", "Module output value precondition failed"),
    ("resource-postcondition-failed", "Resource postcondition failed"),
    ("resource-precondition-failed", "Resource precondition failed"),
    ("too-deeply-nested", "Too deeply nested"),
    ("unbalanced-parentheses", "Unbalanced parentheses"),
    ("unclosed-for-directive", "Unclosed for directive"),
    ("unclosed-if-directive", "Unclosed if directive"),
    ("unexpected-else-directive", "Unexpected else directive"),
    ("unexpected-endfor-directive", "Unexpected endfor directive"),
    ("unexpected-endif-directive", "Unexpected endif directive"),
    ("unsupported-operator", "Unsupported operator"),
    ("unterminated-object", "Unterminated object"),
    ("unterminated-string", "Unterminated string"),
    ("unterminated-template-string", "Unterminated template string"),
    ("unterminated-tuple", "Unterminated tuple"),
    // Arguments and blocks.
    ("argument-without-effect", "Argument without effect"),
    ("conflicting-arguments", "Conflicting arguments"),
    ("conflicting-lifecycle", "Cannot create before destroying"),
    ("invalid-amount", "Invalid amount"),
    ("invalid-cluster-name", "Invalid cluster name"),
    ("invalid-e-mail", "Invalid e-mail address"),
    ("invalid-hash", "Invalid hash"),
    ("invalid-image", "Invalid image"),
    ("invalid-installation-name", "Invalid installation name"),
    ("invalid-name", "Invalid name"),
    ("invalid-range", "Invalid range"),
    ("invalid-registry", "Invalid registry"),
    ("invalid-tags", "Invalid tags"),
    ("invalid-value", "Invalid value"),
    ("invalid-version", "Invalid version"),
    ("invalid-version-constraint", "Invalid version constraint"),
    ("missing-argument", "Missing argument"),
    ("missing-block", "Missing block"),
    ("no-encryption", "No encryption"),
    ("no-stackwright-block", "No stackwright block"),
    ("not-a-reference", "Not a reference"),
    ("number-out-of-range", "Number out of range"),
    ("password-unsuitable", "Unsuitable password"),
    ("repeated-block", "Repeated block"),
    ("small-block-storage", "Small block storage"),
    ("unknown-argument", "Unknown argument"),
    ("unknown-block", "Unknown block"),
    ("unknown-choice", "Unknown choice"),
    ("unsupported-program-version", "Unsupported stackwright version"),
    (VALUE_NOT_KNOWN, "Value not known yet"),
    ("wrong-kind-of-reference", "Wrong kind of reference"),
    ("wrong-labels", "Wrong labels"),
    ("wrong-type", "Wrong type"),
    // Blocks together.
    ("cluster-too-small", "Cluster too small"),
    ("duplicate-e-mail", "Duplicate e-mail"),
    ("duplicate-node-pool", "Duplicate node pool"),
    ("duplicate-platform", "Duplicate platform"),
    ("duplicate-profile", "Duplicate profile"),
    ("duplicate-queue", "Duplicate queue"),
    ("duplicate-storage-class", "Duplicate storage class"),
    ("duplicate-user-id", "Duplicate userID"),
    ("move-between-kinds", "Move between kinds"),
    ("moved-still-declared", "Moved from something declared"),
    ("no-node-pools", "No node pools here"),
    ("no-windows-volume", "No volume for Windows"),
    ("removed-still-declared", "Removed and declared"),
    ("reserved-name", "Reserved name"),
    ("two-default-classes", "Two default storage classes"),
    ("two-platforms", "Two platforms in one cluster"),
    ("unknown-kind", "Unknown kind"),
    ("unknown-operating-system", "Unknown operating system"),
    ("unknown-provider", "Unknown provider"),
    // Releases and components.
    ("character-not-allowed", "Character not allowed"),
    ("circle-of-releases", "Circle of releases"),
    ("cycle-of-exports", "Cycle of exported values"),
    ("duplicate-edition", "Duplicate edition"),
    ("duplicate-export", "Duplicate exported value"),
    ("two-releases-followed", "Two releases followed"),
    ("two-components-for-one-part", "Two components for one part"),
    ("component-cycle", "Cycle of components"),
    ("component-disabled", "Required component is disabled"),
    ("component-not-in-release", "Component not in this release"),
    ("component-unreadable", "Cannot read component"),
    ("conflicting-components", "Conflicting components"),
    ("duplicate-component", "Duplicate component"),
    ("duplicate-component-block", "Duplicate component block"),
    ("duplicate-generated-value", "Duplicate generated value"),
    ("generated-not-kept", "Generated value is not kept"),
    ("images-share-a-name", "Images share a name in the mirror"),
    ("invalid-schema-notation", "Invalid schema notation"),
    ("missing-component", "Missing component"),
    ("missing-component-block", "Missing component block"),
    ("object-rendered-twice", "Object rendered twice"),
    ("queue-without-scheduler", "Queue without a scheduler"),
    ("secret-in-encoded-data", "Secret value in encoded data"),
    ("secret-outside-a-secret", "Secret outside a Secret"),
    ("template-failed", "Template failed"),
    ("template-renders-no-yaml", "Template renders no YAML"),
    ("unknown-component", "Unknown component"),
    ("unknown-image", "Unknown image"),
    ("unknown-program", "Unknown program"),
    ("invalid-secret", "Invalid secret"),
    ("unknown-release", "Unknown release"),
    ("duplicate-hop", "Duplicate hop"),
    ("invalid-path", "Invalid path"),
    ("invalid-regular-expression", "Invalid regular expression"),
    ("loss-not-told", "Loss not told"),
    ("unsupported-kubernetes-version", "Unsupported Kubernetes version"),
    ("wrong-release", "Wrong release"),
    // Plans.
    ("not-ignorable", "Argument cannot be ignored"),
    ("claims-not-bound", "Claims that cannot be bound"),
    ("stale-plan", "The plan is stale"),
    ("circular-dependency", "Circular dependency"),
    ("circular-order", "Circular order"),
    ("invalid-object", "Object does not fit its definition"),
    ("nothing-to-import", "Nothing to import"),
    ("object-declared-twice", "Object declared twice"),
    ("object-exists", "Object exists already"),
    ("object-of-another-installation", "Object of another installation"),
    ("object-of-somebody-else", "Object of somebody else"),
    ("object-refused", "Object refused by the server"),
    ("protected", "Protected object would be destroyed"),
    ("replacement-loses-data", "Replacement loses data"),
    ("unknown-address", "Unknown address"),
    ("downgrade", "Downgrade"),
    ("half-done-hop", "Half-done hop"),
    ("kubernetes-does-not-fit", "Kubernetes version does not fit"),
    ("no-way-to-release", "No way to this release"),
    ("upgrade-loses-data", "The upgrade loses data"),
    ("upgrade-refused", "Upgrade refused"),
    ("server-warning", "Warning of the server"),
    ("unsafe-way", "Unsafe way to a cluster"),
    ("another-domain", "Another cluster domain"),
    ("cluster-short-of-nodes", "Cluster does not carry the platform"),
    ("namespace-leaves", "Namespace is being deleted"),
    ("namespace-of-somebody-else", "Namespace of somebody else"),
    ("not-renewable", "Value cannot be renewed"),
    ("nothing-to-renew", "Nothing to renew"),
];

/// The code for the words of a finding.
pub(super) fn code_of(summary: &str) -> &'static str {
    static BY_WORDS: LazyLock<HashMap<&str, &str>> =
        LazyLock::new(|| CODES.iter().map(|(code, words)| (*words, *code)).collect());
    if let Some(code) = BY_WORDS.get(summary) {
        return code;
    }
    let begins = |words: &str| words.strip_suffix('…').is_some_and(|start| summary.starts_with(start));
    CODES.iter().find(|(_, words)| begins(words)).map_or(UNLISTED, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_stands_once() {
        let codes: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
        assert_eq!(codes.len(), CODES.len());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(codes.iter().all(|code| code.chars().all(plain)), "{codes:?}");
    }

    #[test]
    fn words_lead_to_codes() {
        for (words, code) in [
            ("Unknown argument", "unknown-argument"),
            ("Duplicate e-mail", "duplicate-e-mail"),
            ("Duplicate variable", "duplicate-declaration"),
            ("Reference to undeclared local", "undeclared-reference"),
            ("Reference to \"each\" in wrong context", "wrong-context"),
            ("Something new", UNLISTED),
        ] {
            assert_eq!(code_of(words), code, "{words}");
        }
    }
}
