# Without a line here, there is no storage class at all.
