variables {
  classes = ["fast", "slow"]
}
run "plans" {
  command = plan
  assert {
    condition     = plan.counts.create == 2 && plan.policies["policy.few"] == "held"
    error_message = "Two classes are made."
  }
  assert {
    condition     = objects["StorageClass.storage.k8s.io slow"].provisioner == "sandbox.stackwright.io/disk"
    error_message = "It is of the sandbox."
  }
  assert {
    condition     = output.classes == ["fast", "slow"]
    error_message = "They are put out."
  }
}
run "makes" {
  assert {
    condition     = alltrue([for name in var.classes : contains(keys(objects), "StorageClass.storage.k8s.io ${name}")])
    error_message = "They are there."
  }
}
run "is-done" {
  command = plan
  variables {
    classes = run.makes.classes
  }
  assert {
    condition     = plan.is_empty
    error_message = "A second plan is empty."
  }
}
run "lets-go" {
  variables {
    classes = ["fast"]
  }
  expect_failures = [policy.stays]
  assert {
    condition     = !contains(keys(objects), "StorageClass.storage.k8s.io slow")
    error_message = "It is gone."
  }
}
run "too-many" {
  command = plan
  variables {
    classes = ["a", "b", "c", "d"]
  }
  expect_failures = [var.classes]
}
run "too-many-at-once" {
  variables {
    classes = ["a", "b", "c"]
  }
  expect_failures = [policy.few]
}
run "cleans-up" {
  command         = destroy
  expect_failures = [policy.stays]
  assert {
    condition     = plan.counts.delete == 1
    error_message = "The last one goes."
  }
}
