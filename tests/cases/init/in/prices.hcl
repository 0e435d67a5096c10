curency = "KRW"
cluster = "much"
