package views

// SignIn is the page that asks who is there.
type SignIn struct {
	Email   string
	Next    string // a path of ours, where to go afterwards
	Problem string // one sentence for everything that can be wrong
	// NeedsSetup says that nobody can sign in yet.
	NeedsSetup bool
}

// Setup is the page of the first run.
type Setup struct {
	Token    string
	Email    string
	Problems Problems
}

// SetupRefusal is why a set-up link is no good.
type SetupRefusal int

// The refusals; each has its own page.
const (
	SetupRefusedUnknown SetupRefusal = iota
	SetupRefusedExpired
	SetupRefusedUsed
	SetupRefusedDone
)

// Password is the page for changing one's password.
type Password struct {
	Email    string
	Next     string
	Problems Problems
	// Forced says that the present password is a temporary one.
	Forced  bool
	Changed bool // the new password holds; shown once
}

// PasswordRules are told before anything is typed.
const PasswordRules = "At least 15 characters of any kind, spaces too: a few words that do not belong together work well. What guessers try first is refused. Pasting is fine."

func (r SetupRefusal) heading() string {
	switch r {
	case SetupRefusedExpired:
		return "This set-up link has expired"
	case SetupRefusedUsed:
		return "This set-up link was used"
	case SetupRefusedDone:
		return "There is nothing to set up"
	default:
		return "This is not a set-up link"
	}
}

func (r SetupRefusal) text() string {
	switch r {
	case SetupRefusedExpired:
		return "It worked for 60 minutes. Restart the server: it prints a new link where it was started."
	case SetupRefusedUsed:
		return "It works once. If you made the account with it, sign in. If somebody else did, stop the server and find out who before you go on."
	case SetupRefusedDone:
		return "An administrator exists already. Sign in, or ask an administrator for an account."
	default:
		return "Copy the whole link that the server printed where it was started, up to its last character, and open it again. A restarted server prints a new link, and only the newest works."
	}
}
