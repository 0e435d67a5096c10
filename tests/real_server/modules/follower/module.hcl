component {
  title       = "Follower"
  description = "Comes after what does not come up."
  namespace   = "follower"
  after       = ["crashes"]
}
