"""How somebody gets in: passwords, links, tokens, second factors, single sign-on, and the session that follows."""
