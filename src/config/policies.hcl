# The policies that the program brings, for `builtin` of a policy block.

policy "no-data-loss" {
  description = "Nothing that holds data goes."
  each        = "risks"
  match       = "risk.name == 'data_loss'"
  condition   = "false"

  message_expression = "risk.text"
}

policy "no-public-endpoint" {
  description = "Nothing is reachable from outside the cluster's network by a port of its own."
  each        = "objects"
  match       = "object.kind == 'Service' && object.apiVersion == 'v1'"
  condition   = "!has(object.spec) || !has(object.spec.type) || !(object.spec.type in ['LoadBalancer', 'NodePort'])"

  message_expression = "'The Service is of type ' + object.spec.type + '.'"
}

policy "images-from-the-mirror" {
  description = "Every image comes from the platform's mirror."
  each        = "images"
  match       = "platform != null"
  condition   = "platform.registry.mirror != '' && image.pulled.startsWith(platform.registry.mirror)"

  message_expression = "platform.registry.mirror == '' ? 'The platform has no registry { mirror = … }.' : 'It is not pulled from ' + platform.registry.mirror + '.'"
}

policy "quotas-for-everybody" {
  description = "Every profile has a quota."
  each        = "profiles"
  condition   = "has(profile.quota)"
  message     = "The profile has no quota."
}
