//! The configuration language: Terraform's, on hcl-edit's syntax tree with an evaluator of our own. Pure.
