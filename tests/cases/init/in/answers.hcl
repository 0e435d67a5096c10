editon = "mini"
users  = { alice = { emial = "alice@example.com" } }
