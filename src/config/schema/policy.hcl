block "policy" {
  documentation = "A rule that judges every plan: it refuses it, or warns. Rules are written in the Common Expression Language (CEL), as Kubernetes' ValidatingAdmissionPolicy writes them; what they see is listed under `policy-value`. A refused plan is shown, is not saved, and is not applied."
  example       = <<-EOT
    policy "no-public-endpoint" {
      description = "Nothing is reachable from outside but through the gateway of the company."
      each        = "objects"
      match       = "object.kind == 'Service'"
      condition   = "object.spec.type != 'LoadBalancer'"
      message     = "A Service of type LoadBalancer is reachable from everywhere."
    }
  EOT
  label         = "its name, by which it is overridden"

  argument "description" {
    type          = "string"
    otherwise     = "none; of a built-in policy, its own"
    documentation = "What it is for, in a sentence. It is shown with what the policy finds."
  }
  argument "enforcement" {
    type          = "string"
    default       = "refuse"
    choices       = ["refuse", "warn"]
    documentation = "What becomes of a plan that breaks it: it is refused, or only warned of."
  }
  argument "builtin" {
    type           = "string"
    choices        = ["no-data-loss", "no-public-endpoint", "images-from-the-mirror", "quotas-for-everybody"]
    exclusive_with = ["condition", "each"]
    otherwise      = "the policy has a `condition` of its own"
    documentation  = "A policy that the program brings, in place of `condition`: nothing that holds data goes; no Service of type LoadBalancer or NodePort and no endpoint of that kind; every image comes from the platform's mirror; every profile has a quota. `match` narrows it, `message` says it in other words."
  }
  argument "each" {
    type          = "string"
    choices       = ["changes", "objects", "users", "profiles", "queues", "images", "components", "risks"]
    otherwise     = "the plan is judged once, as a whole"
    documentation = "What is judged one by one: `changes` are all objects that a plan makes, changes or removes, `objects` all that are there after it. The one that is judged is called by the singular: `change`, `object`."
  }
  argument "match" {
    type          = "string"
    otherwise     = "all of them"
    documentation = "Which of them are judged: a CEL expression that is true or false. Without `each`, whether the plan is judged at all."
  }
  argument "condition" {
    type          = "string"
    otherwise     = "that of `builtin`; one of the two is needed"
    documentation = "What must hold: a CEL expression that is true or false."
  }
  argument "message" {
    type           = "string"
    exclusive_with = ["message_expression"]
    otherwise      = "the condition does not hold"
    documentation  = "What to say where it does not hold."
  }
  argument "message_expression" {
    type          = "string"
    documentation = "The same as a CEL expression that gives a string. Where it fails, it is said that the condition does not hold, and why there is no message."
  }
}
