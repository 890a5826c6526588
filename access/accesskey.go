package access

import "time"

// AccessKey is a machine identity of a user's own (a "user application" by its
// older name): what signs in with it acts as the user, with the user's access
// rules of that moment. Like Application it never carries its secret key.
type AccessKey struct {
	ID   string
	Name string
	// ClientID is opaque and never changes.
	ClientID string
	Owner    Subject
	EndsIn   string // the last 4 characters of the secret key
	// Generation counts the secret keys it has had. They are all that changes of
	// it, so that this is its version too.
	Generation int64
	LastLogin  time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// AccessKeyClientPrefix begins the client id of every access key and of nothing
// else: names of applications begin with a letter, and their ids have no k. So
// the token endpoint knows where to look.
const AccessKeyClientPrefix = "0key-"

// MaxAccessKeys is how many a user has at most.
const MaxAccessKeys = 50

// AccessKeySelection is exact; what is empty selects nothing.
type AccessKeySelection struct {
	OwnerID   string
	ClientID  string
	CreatedBy string // the e-mail address of the owner
}

// NewAccessKey is the input of Service.CreateAccessKey. FormKey is as in
// NewApplication.
type NewAccessKey struct {
	Name    string
	FormKey string
}
