package access

import "time"

// User is a person who signs in to the console. Like Application it never
// carries the password hash.
type User struct {
	ID        string
	Email     string
	Disabled  bool
	LastLogin time.Time
	CreatedBy string
	// MustChangePassword is set while the password is a temporary one.
	MustChangePassword bool
	Version            int64
	Times
}

// NewUser is the input of Service.CreateUser. RoleID, if not zero, is granted
// at the scope, which is the tenant if none is named. FormKey is as in
// NewApplication.
type NewUser struct {
	Email              string
	Password           string
	RoleID             int32
	ScopeID            string
	MustChangePassword bool
	FormKey            string
}

// UserStatus is what the Status column says of a user.
type UserStatus string

// The statuses, in the words of the screen.
const (
	UserActive   UserStatus = "Active"
	UserDisabled UserStatus = "Disabled"
)

// Status is Disabled while the user may not sign in.
func (u User) Status() UserStatus {
	if u.Disabled {
		return UserDisabled
	}
	return UserActive
}

// UserRow is one line of the Users table, with rules as an ApplicationRow has
// them.
type UserRow struct {
	User
	Rules     []Rule
	RuleCount int
}

// UserImpact is what ends when a user is shut out.
type UserImpact struct {
	User       User
	Rules      int
	Sessions   int // in which they are signed in now
	AccessKeys int
}

// Preferences are what a signed-in person chose for the console, by name:
// "applications.columns", "theme", "nav", "density", "times", "timezone", "shortcuts".
type Preferences map[string]string
