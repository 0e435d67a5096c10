block "queue" {
  documentation = "A Volcano queue: a share of the cluster for training jobs. Its platform needs the Volcano scheduler."
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
  argument "weight" {
    type          = "number"
    default       = 1
    minimum       = 1
    maximum       = 65535
    documentation = "Its share beside other queues."
  }
  argument "capability" {
    type          = "map(string)"
    rule          = "quantity"
    documentation = "The most it may take, by resource."
  }
  argument "reclaimable" {
    type          = "bool"
    default       = true
    documentation = "Whether other queues may take back what it has beyond its share."
  }
}
