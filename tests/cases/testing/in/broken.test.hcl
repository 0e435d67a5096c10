variable {}
run "one" {
  comand  = plan
  command = replan
  assert {
    condition = true
  }
}
run "two" {}
run "two" {}
run {}
sandbox {
  nodes  = "many"
  faults = "all"
}
