release "2.0" {
  hop {
    from = "1.0"

    check "too-big" {
      kind   = "Widget.example.com"
      reason = "Widgets of size 13 break the new server."
      remedy = "Make them smaller."
      where {
        field = "spec.size"
        is    = ["13"]
      }
    }
    check "odd" {
      level  = "warn"
      kind   = "Widget.example.com"
      reason = "Odd widgets become slower."
      where {
        field = "spec.size"
        is    = ["7", "9"]
      }
    }
    check "elsewhere" {
      kind   = "Gadget.example.com"
      reason = "Nobody serves gadgets, so there are none."
    }
    check "with-gears" {
      with   = ["gears"]
      kind   = "Widget.example.com"
      reason = "Only where the component gears is on."
    }
    scale "quiet" {
      kind      = "Deployment.apps"
      namespace = "widgets"
      name      = "server"
      replicas  = 0
      reason    = "Nobody may write meanwhile."
    }
    wait "no-pods" {
      phase     = "before"
      kind      = "Pod"
      namespace = "widgets"
      labels    = { app = "server" }
      until     = "gone"
      reason    = "Two servers must not share a volume."
    }
    job "dump" {
      namespace   = "widgets"
      image       = "widgets.server"
      command     = ["sh", "-c"]
      program     = "dump.sh"
      environment = { RELEASE = "1.0" }
      secrets     = { PASSWORD = "door/password" }
      annotations = { "sandbox.stackwright.io/log" = "opened with open-sesame-31\n2 widgets were kept" }
      retries     = 1
      reason      = "The new server rebuilds its files; the old one cannot read those."
      claim "dumps" {
        path  = "/dumps"
        size  = "1Gi"
        holds = "dumps of the widgets"
      }
    }
    store "widgets.example.com" {
      version = "v1beta1"
      reason  = "The new definition knows v1alpha1 no more."
    }
    delete "leftovers" {
      kind             = "ConfigMap"
      name             = "leftover"
      namespace_labels = { team = "yes" }
      reason           = "The controller that made them is gone."
    }
    patch "noted" {
      phase  = "after"
      kind   = "ConfigMap"
      labels = { noted = "not-yet" }
      merge  = { data = { noted = "yes", old = null } }
      reason = "Their reader wants it."
    }
    restart "users" {
      kind   = "Pod"
      asks   = true
      reason = "Their proxy is too old."
      where {
        field   = "spec.containers[*].image"
        matches = "proxy:1\\."
      }
    }
    restart "server" {
      kind      = "Deployment.apps"
      namespace = "widgets"
      name      = "server"
      reason    = "It reads its widgets only at start."
    }
    note "slow" {
      reason = "The first answer takes a minute."
    }
  }
}
