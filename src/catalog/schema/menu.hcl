block "menu" {
  documentation = "An entry of the dashboard's menus."
  example       = <<-EOT
    menu "Volumes" {
      order = 3
      link  = "/volumes/"
      icon  = "device:storage"
    }
  EOT
  label         = "the entry's text"

  argument "place" {
    type          = "string"
    default       = "side"
    choices       = ["side", "quick", "documentation"]
    documentation = "Where it stands: in the side menu, or in a list of the front page."
  }
  argument "order" {
    type          = "number"
    minimum       = 1
    maximum       = 4294967295
    otherwise     = "after all others"
    documentation = "Its place among others."
  }
  argument "link" {
    type           = "string"
    exclusive_with = ["items"]
    documentation  = "Where it leads. An entry has this or `items`."
  }
  argument "icon" {
    type          = "string"
    documentation = "Its icon."
  }
  argument "description" {
    type          = "string"
    documentation = "What is said beside it."
  }
  argument "items" {
    type           = "list(object)"
    exclusive_with = ["link"]
    documentation  = "The entries of a section."

    argument "text" {
      type          = "string"
      required      = true
      documentation = "The entry's text."
    }
    argument "link" {
      type          = "string"
      required      = true
      documentation = "Where it leads."
    }
  }
}
