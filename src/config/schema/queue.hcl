block "queue" {
  documentation = "A share of the cluster for training jobs. Its platform's scheduler serves it: Volcano as a Queue; Kueue as a ClusterQueue, or a Cohort where other queues lie in it."
  example       = <<-EOT
    queue "training" {
      platform   = platform.ml
      weight     = 4
      capability = { cpu = "64", "nvidia.com/gpu" = 8 }
    }
  EOT
  label         = "its name in the configuration"
  identity      = "name"

  argument "name" {
    type          = "string"
    immutable     = true
    from_label    = true
    rule          = "label"
    documentation = "The queue's name."
  }
  argument "platform" {
    references    = "platform"
    required      = true
    immutable     = true
    documentation = "The platform it belongs to."
  }
  argument "parent" {
    type          = "string"
    references    = "queue"
    rule          = "label"
    otherwise     = "it lies in none"
    documentation = "The queue that it is a part of: a `queue` block, or the name of a queue that exists. Jobs go to queues in which no other lies."
  }
  argument "weight" {
    type          = "number"
    default       = 1
    minimum       = 1
    maximum       = 65535
    documentation = "Its share beside other queues. Volcano shares by weights where no queue of the platform says `deserved`, `guarantee` or `parent`; Kueue shares by them what queues borrow."
  }
  argument "capability" {
    type          = "map(string)"
    key_rule      = "resource_name"
    rule          = "quantity"
    documentation = "The most it may take, by resource."
  }
  argument "deserved" {
    type          = "map(string)"
    key_rule      = "resource_name"
    rule          = "quantity"
    otherwise     = "with Kueue `capability`, else nothing"
    documentation = "What it may count on, by resource: others may use it meanwhile and give it back."
  }
  argument "guarantee" {
    type          = "map(string)"
    key_rule      = "resource_name"
    rule          = "quantity"
    documentation = "What is kept free for it, by resource, also while it has nothing to do."
  }
  argument "reclaimable" {
    type          = "bool"
    default       = true
    documentation = "Whether other queues may take back what it has beyond its share. Kueue has no such choice: there a queue that nobody may take from borrows nothing."
  }
}
