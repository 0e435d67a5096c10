component {
  title       = "DB"
  description = "A database."
  namespace   = "db"
}

generated "password" {
  secret = "db/password"
  key    = "password"
}
