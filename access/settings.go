package access

import (
	"fmt"
	"time"
)

// TenantSettings are what an administrator decides for the whole tenant.
type TenantSettings struct {
	// TokenLifetime is how long access tokens are good, unless an application
	// has a lifetime of its own.
	TokenLifetime time.Duration
	Keys          KeyPolicy
	Sessions      SessionTimes
}

// KeyPolicy is how long secret keys of applications may live.
type KeyPolicy struct {
	// Usual is the lifetime that is offered first, and taken where none is
	// asked for; 0: such keys do not expire.
	Usual time.Duration
	// Longest is the longest lifetime that is accepted for a new key; 0: any,
	// and keys that do not expire. Keys that exist stay as they are.
	Longest time.Duration
}

// SessionTimes are when a sign-in to the console ends by itself.
type SessionTimes struct {
	Idle    time.Duration // since it was last used
	Longest time.Duration // since it began
}

// The lifetime of access tokens, and the setting that changes it: a Go
// duration such as "30m", per tenant.
const (
	DefaultTokenLifetime = 60 * time.Minute
	MinTokenLifetime     = 5 * time.Minute
	MaxTokenLifetime     = 24 * time.Hour
	TokenLifetimeSetting = "token.lifetime"
)

// The times of sessions: the usual ones are the longest (security.md 29).
const (
	MinSessionIdle    = 5 * time.Minute
	MaxSessionIdle    = 30 * time.Minute
	MinSessionLongest = time.Hour
	MaxSessionLongest = 12 * time.Hour
)

// UsualKeyLifetime, asked for as the lifetime of a secret key, is whatever the
// key policy of the tenant says.
const UsualKeyLifetime time.Duration = -1

// DefaultSettings are those of a tenant that has chosen nothing.
func DefaultSettings() TenantSettings {
	return TenantSettings{
		TokenLifetime: DefaultTokenLifetime,
		Sessions:      SessionTimes{Idle: MaxSessionIdle, Longest: MaxSessionLongest},
	}
}

// lifetime is the one that a key gets for which this one is asked.
func (p KeyPolicy) lifetime(asked time.Duration) (time.Duration, error) {
	if asked == UsualKeyLifetime {
		return p.Usual, nil
	}
	if !p.Allows(asked) {
		return 0, Invalid(keyLifetimeField, "Keys live %s at most here. Choose a shorter lifetime.", daysText(p.Longest))
	}
	return asked, nil
}

// Allows reports whether a new key may live so long; 0: for ever.
func (p KeyPolicy) Allows(lifetime time.Duration) bool {
	return p.Longest == 0 || (lifetime != 0 && lifetime <= p.Longest)
}

// End is when the session ends if it is not used any more. A shorter time that
// was set later holds for it too; a longer one does not prolong it.
func (t SessionTimes) End(s Session) time.Time {
	return earlier(t.latestEnd(s), s.LastSeenAt.Add(t.Idle))
}

// Ended reports whether the session has ended at this moment.
func (t SessionTimes) Ended(s Session, now time.Time) bool {
	return !now.Before(t.latestEnd(s)) || now.Sub(s.LastSeenAt) > t.Idle
}

// latestEnd is when it ends however much it is used.
func (t SessionTimes) latestEnd(s Session) time.Time {
	return earlier(s.ExpiresAt, s.CreatedAt.Add(t.Longest))
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// SettingsSection is what is changed together.
type SettingsSection string

// The sections, as events name them.
const (
	TokenSettings   SettingsSection = "access-tokens"
	KeySettings     SettingsSection = "secret-keys"
	SessionSettings SettingsSection = "sessions"
)

// DisplayName is the heading on the screen.
func (s SettingsSection) DisplayName() string {
	switch s {
	case TokenSettings:
		return "Access tokens"
	case KeySettings:
		return "Secret keys"
	case SessionSettings:
		return "Sessions"
	}
	return string(s)
}

// setting is one of them: under which name it is stored, and what may be stored.
type setting struct {
	section SettingsSection
	name    string // in the store and, with "before." and "after.", in events
	field   string // in forms
	of      func(*TenantSettings) *time.Duration
	least   time.Duration
	most    time.Duration
	zero    bool // 0 is a value too
	unit    func(time.Duration) string
}

// allSettings is every setting that an administrator can change, in the order
// of the screen.
func allSettings() []setting {
	return []setting{
		{TokenSettings, TokenLifetimeSetting, tokenLifetimeField, func(s *TenantSettings) *time.Duration { return &s.TokenLifetime },
			MinTokenLifetime, MaxTokenLifetime, false, spanText},
		{KeySettings, "key.lifetime", usualKeyLifetimeField, func(s *TenantSettings) *time.Duration { return &s.Keys.Usual },
			minKeyLifetime, maxKeyLifetime, true, daysText},
		{KeySettings, "key.longest", longestKeyLifetimeField, func(s *TenantSettings) *time.Duration { return &s.Keys.Longest },
			minKeyLifetime, maxKeyLifetime, true, daysText},
		{SessionSettings, "session.idle", sessionIdleField, func(s *TenantSettings) *time.Duration { return &s.Sessions.Idle },
			MinSessionIdle, MaxSessionIdle, false, spanText},
		{SessionSettings, "session.longest", sessionLongestField, func(s *TenantSettings) *time.Duration { return &s.Sessions.Longest },
			MinSessionLongest, MaxSessionLongest, false, spanText},
	}
}

func (s setting) fits(value time.Duration) bool {
	return (s.zero && value == 0) || (s.least <= value && value <= s.most)
}

// check answers all that is wrong with a section.
func (s TenantSettings) check(section SettingsSection) error {
	var wrong findings
	for _, known := range allSettings() {
		if known.section == section && !known.fits(*known.of(&s)) {
			wrong.add(known.field, fmt.Sprintf("Choose between %s and %s.", known.unit(known.least), known.unit(known.most)))
		}
	}
	if section == KeySettings && len(wrong.fields) == 0 && !s.Keys.Allows(s.Keys.Usual) {
		wrong.add(usualKeyLifetimeField, fmt.Sprintf("With a maximum age of %s, the usual lifetime is that or less.", daysText(s.Keys.Longest)))
	}
	return wrong.err()
}

// spanText is a duration of minutes or whole hours in words.
func spanText(d time.Duration) string {
	switch {
	case d == time.Minute:
		return "1 minute"
	case d == time.Hour:
		return "1 hour"
	case d > time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return d.String()
}

// daysText is the lifetime of a key in words.
func daysText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d == 0:
		return Never
	case d == day:
		return "1 day"
	case d%day == 0:
		return fmt.Sprintf("%d days", d/day)
	}
	return spanText(d)
}
