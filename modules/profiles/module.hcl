component {
  title       = "Profiles"
  description = "Makes a namespace with roles, quota and mesh policy for each Profile, and manages contributors (kfam)."
  namespace   = "kubeflow"
  requires    = ["kubeflow", "kubeflow-gateway"]
  editions    = ["mini", "enterprise"]
}
