component {
  title       = "Kubeflow base"
  description = "The namespace of the platform and the roles its users get in their own namespaces."
  namespace   = "kubeflow"
  requires    = ["istio"]
  editions    = ["mini", "enterprise"]
}
