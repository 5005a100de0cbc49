package genesys

// URLError is a configuration whose API URL or login URL is not usable.
type URLError struct{ error }

func (e URLError) Unwrap() error { return e.error }
