"""Every row with a fix: broken, seen to fail, hardened, seen to pass, hardened again in vain."""
