run "wrong" {
  command = plan
  assert {
    condition     = plan.counts.create == 2 && length(output.classes) == 1
    error_message = "Two are made, not ${plan.counts.create}."
  }
  assert {
    condition     = output.token == "x"
    error_message = "The token is ${output.token}."
  }
  assert {
    condition     = objects["StorageClass.storage.k8s.io gone"].provisioner == "x"
    error_message = "It is there."
  }
}
run "holds" {
  command         = plan
  expect_failures = [policy.few, var.classes]
}
run "refused" {
  variables {
    classes = ["a", "b", "c"]
  }
}
run "not-begun" {
  command = plan
}
