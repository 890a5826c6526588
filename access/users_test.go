package access_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"latchkey/access"
)

// newInstallation is a world in which nobody has been yet.
func newInstallation(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.file += ".fresh"
	w.store = w.open()
	w.Service = w.newService(w.store)
	w.must(w.PrepareSigningKeys(w.ctx))
	return w
}

func TestFirstRun(t *testing.T) {
	w := newInstallation(t)
	if needed, err := w.NeedsSetup(w.ctx); !needed || err != nil {
		t.Fatalf("a fresh installation needs set-up: %v, %v", needed, err)
	}
	expired, err := w.NewSetupLink(w.ctx)
	w.must(err)
	wantError(t, w.CheckSetupLink(w.ctx, "guessed"), access.ErrSetupUnknown)
	w.must(w.CheckSetupLink(w.ctx, expired))
	w.clock.move(access.SetupLinkLifetime)
	wantError(t, w.CheckSetupLink(w.ctx, expired), access.ErrSetupExpired)

	secret, err := w.NewSetupLink(w.ctx)
	w.must(err)
	other, err := w.NewSetupLink(w.ctx)
	w.must(err)
	if secret == expired || len(secret) < 43 {
		t.Errorf("the secret %q is weak", secret)
	}

	// What is typed wrong leaves the link good.
	_, err = w.CompleteSetup(w.ctx, origin("198.51.100.1"), secret, "not an address", "short")
	wantInvalid(t, err, "email", "password")
	w.must(w.CheckSetupLink(w.ctx, secret))

	// Fifty at once, by two links: one administrator.
	const posts = 50
	results := make([]error, posts)
	var group sync.WaitGroup
	for i := range posts {
		group.Go(func() {
			link := []string{secret, other}[i%2]
			_, results[i] = w.CompleteSetup(w.ctx, origin("198.51.100.1"), link, fmt.Sprintf("admin%d@example.com", i), password)
		})
	}
	group.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, access.ErrSetupUsed) && !errors.Is(err, access.ErrSetupDone):
			t.Errorf("got %v", err)
		}
	}
	users, err := w.store.Users(w.ctx)
	w.must(err)
	if won != 1 || len(users) != 1 {
		t.Fatalf("%d won and %d users exist, want 1 and 1", won, len(users))
	}

	// Afterwards there is nothing to set up.
	if needed, _ := w.NeedsSetup(w.ctx); needed {
		t.Error("it still needs set-up")
	}
	used, unused := secret, other
	if !errors.Is(w.CheckSetupLink(w.ctx, used), access.ErrSetupUsed) {
		used, unused = other, secret
	}
	wantError(t, w.CheckSetupLink(w.ctx, used), access.ErrSetupUsed)
	wantError(t, w.CheckSetupLink(w.ctx, unused), access.ErrSetupDone)
	wantError(t, w.CheckSetupLink(w.ctx, expired), access.ErrSetupDone)
	wantError(t, w.CheckSetupLink(w.ctx, "guessed"), access.ErrSetupDone)
	_, err = w.NewSetupLink(w.ctx)
	wantError(t, err, access.ErrSetupDone)

	// The one who won is administrator, and every step was recorded.
	caller := w.as(users[0].ID)
	_, _, err = w.CreateApplication(w.ctx, caller, access.NewApplication{Name: "first"})
	w.must(err)
	var told []string
	for _, e := range w.events() {
		if e.Subject.Name == users[0].Email {
			told = append(told, tell(e))
		}
	}
	if len(told) != 3 {
		t.Errorf("the events are %q", told)
	}
}

func TestTheSetupSecretIsNotStored(t *testing.T) {
	w := newInstallation(t)
	secret, err := w.NewSetupLink(w.ctx)
	w.must(err)
	links, err := w.store.SetupLinks(w.ctx)
	w.must(err)
	if links[0].Hash != sha256.Sum256([]byte(secret)) || strings.Contains(fmt.Sprintf("%s %v", links[0].Hash, links), secret) {
		t.Errorf("stored is %+v", links)
	}
}

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	user, err := w.SignIn(w.ctx, origin("198.51.100.1"), " ADMIN@example.com ", password)
	w.must(err)
	if user.ID != w.admin.ID || user.LastLogin.IsZero() {
		t.Errorf("got %+v", user)
	}
	w.wantEvent("admin@example.com sign-in session Succeeded")
	w.must(w.SignedOut(w.ctx, w.admin))
	w.wantEvent("admin@example.com sign-out session Succeeded")
}

func TestAWeakerHashIsUpgradedAtSignIn(t *testing.T) {
	w := newWorld(t)
	salt := []byte("sixteen bytes, ok")
	sum := argon2.IDKey([]byte(password), salt, 1, 8, 1, 32)
	b64 := base64.RawStdEncoding
	weak := "$argon2id$v=19$m=8,t=1,p=1$" + b64.EncodeToString(salt) + "$" + b64.EncodeToString(sum)
	w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
		return tx.SetPasswordHash(ctx, w.admin.ID, weak, w.clock.Now())
	}))
	for range 2 { // with the weak one, then with the new one
		_, err := w.SignIn(w.ctx, origin("198.51.100.1"), "admin@example.com", password)
		w.must(err)
		stored, err := w.store.PasswordHash(w.ctx, w.admin.ID)
		w.must(err)
		if !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("the hash is still %.30s", stored)
		}
	}
}

func TestSignInDoesNotTellWhatWasWrong(t *testing.T) {
	w := newWorld(t)
	gone := w.user("gone@example.com", 0, "")
	w.must(w.store.Write(w.ctx, func(ctx context.Context, tx access.Tx) error {
		u, err := tx.User(ctx, gone.ID)
		if err != nil {
			return err
		}
		u.Disabled = true
		return tx.UpdateUser(ctx, u)
	}))
	tests := []struct{ email, password, recorded string }{
		{"admin@example.com", password + "x", "admin@example.com"},
		{"admin@example.com", "", "admin@example.com"},
		{"nobody@example.com", password, "nobody@example.com"},
		{"gone@example.com", password, "gone@example.com"},
		{password, password, "(not an e-mail address)"},
	}
	for _, tt := range tests {
		user, err := w.SignIn(w.ctx, origin("198.51.100.1"), tt.email, tt.password)
		if !errors.Is(err, access.ErrUnauthenticated) || user != (access.User{}) {
			t.Errorf("%s: got %v", tt.email, err)
		}
		w.wantEvent(tt.recorded + " sign-in session Failed")
	}
	for _, e := range w.events() {
		if strings.Contains(fmt.Sprintf("%+v", e), password) {
			t.Errorf("an event holds a password: %+v", e)
		}
	}
	_, _, err := w.UserPrincipal(w.ctx, gone.ID)
	wantError(t, err, access.ErrUnauthenticated)
}

func TestSignInThrottle(t *testing.T) {
	for _, account := range []string{"admin@example.com", "nobody@example.com"} {
		t.Run(account, func(t *testing.T) {
			w := newWorld(t)
			guess := func(address string) error {
				_, err := w.SignIn(w.ctx, origin(address), account, "a wrong password, a long one")
				return err
			}
			for range 5 {
				wantError(t, guess("192.0.2.1"), access.ErrUnauthenticated)
			}
			// Each further failure doubles the wait, up to a quarter of an hour.
			for _, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
				var throttled *access.ThrottledError
				if err := guess("192.0.2.1"); !errors.As(err, &throttled) {
					t.Fatalf("got %v, want a ThrottledError", err)
				}
				if got := throttled.RetryAfter.Round(time.Second); got != want*time.Second {
					t.Fatalf("the wait is %v, want %v", got, want*time.Second)
				}
				w.clock.move(throttled.RetryAfter)
				wantError(t, guess("192.0.2.1"), access.ErrUnauthenticated)
			}

			// Its owner is not shut out elsewhere, and not for good where it was tried.
			if account != "admin@example.com" {
				return
			}
			_, err := w.SignIn(w.ctx, origin("192.0.2.2"), account, password)
			w.must(err)
			_, err = w.SignIn(w.ctx, origin("192.0.2.1"), account, password)
			wantError(t, err, access.ErrThrottled)
			w.clock.move(15 * time.Minute)
			_, err = w.SignIn(w.ctx, origin("192.0.2.1"), account, password)
			w.must(err)
			// A success is a fresh start: a slip of the finger costs no wait.
			for range 2 {
				wantError(t, guess("192.0.2.1"), access.ErrUnauthenticated)
			}
		})
	}
}

func TestAnAddressThatTriesManyAccountsIsSlowedDown(t *testing.T) {
	w := newWorld(t)
	guess := func(i int) error {
		_, err := w.SignIn(w.ctx, origin("192.0.2.1"), fmt.Sprintf("user%d@example.com", i), "a wrong password, a long one")
		return err
	}
	for i := range 20 {
		wantError(t, guess(i), access.ErrUnauthenticated)
	}
	wantError(t, guess(21), access.ErrThrottled)

	// Signing in to an account of one's own does not pay for it.
	w.clock.move(time.Second)
	_, err := w.SignIn(w.ctx, origin("192.0.2.1"), "admin@example.com", password)
	w.must(err)
	wantError(t, guess(22), access.ErrUnauthenticated)
	wantError(t, guess(23), access.ErrThrottled)
	_, err = w.SignIn(w.ctx, origin("192.0.2.2"), "admin@example.com", password)
	w.must(err)
}

// TestManyMachinesCannotShutTheOwnerOut: they make an account wait for everybody
// but where its owner has come in before.
func TestManyMachinesCannotShutTheOwnerOut(t *testing.T) {
	w := newWorld(t)
	const home, hotel = "192.0.2.1", "192.0.2.2"
	_, err := w.SignIn(w.ctx, origin(home), "admin@example.com", password)
	w.must(err)
	w.clock.move(7 * 24 * time.Hour)
	machines := 0
	attack := func() {
		for range 60 {
			machines++
			_, err := w.SignIn(w.ctx, origin(fmt.Sprintf("198.51.%d.%d", machines/250, machines%250)), "admin@example.com", "a wrong password, a long one")
			if !errors.Is(err, access.ErrUnauthenticated) && !errors.Is(err, access.ErrThrottled) {
				t.Fatal(err)
			}
		}
	}
	attack()
	_, err = w.SignIn(w.ctx, origin(hotel), "admin@example.com", password)
	wantError(t, err, access.ErrThrottled)
	_, err = w.SignIn(w.ctx, origin(home), "admin@example.com", password)
	w.must(err)

	// Nor is home a way around: guesses from there are counted there.
	attack()
	for range 5 {
		_, err = w.SignIn(w.ctx, origin(home), "admin@example.com", "a wrong password, a long one")
		wantError(t, err, access.ErrUnauthenticated)
	}
	_, err = w.SignIn(w.ctx, origin(home), "admin@example.com", password)
	wantError(t, err, access.ErrThrottled)
}

func TestGuessesAtOnceAreCountedToo(t *testing.T) {
	w := newWorld(t)
	var group sync.WaitGroup
	results := make([]error, 30)
	for i := range results {
		group.Go(func() {
			_, results[i] = w.SignIn(w.ctx, origin("192.0.2.1"), "admin@example.com", "a wrong password, a long one")
		})
	}
	group.Wait()
	judged := 0
	for _, err := range results {
		if errors.Is(err, access.ErrUnauthenticated) {
			judged++
		}
	}
	if judged > 5 {
		t.Errorf("%d guesses were judged, want at most 5", judged)
	}
}

func TestChangePassword(t *testing.T) {
	w := newWorld(t)
	const next = "nine loud geese cross the weir"
	keep, other := sha256.Sum256([]byte("keep")), sha256.Sum256([]byte("other"))
	for _, id := range [][32]byte{keep, other} {
		w.must(w.store.SaveSession(w.ctx, access.Session{IDHash: id, UserID: w.admin.ID, ExpiresAt: w.clock.Now().Add(time.Hour)}))
	}

	wantInvalid(t, w.ChangePassword(w.ctx, w.admin, "not it, but long enough", next, keep), "currentPassword")
	w.wantEvent("admin@example.com reset-password user Failed")
	wantInvalid(t, w.ChangePassword(w.ctx, w.admin, password, "short", keep), "newPassword")
	wantInvalid(t, w.ChangePassword(w.ctx, w.admin, password, password, keep), "newPassword")
	w.must(w.ChangePassword(w.ctx, w.admin, password, next, keep))
	w.wantEvent("admin@example.com reset-password user Succeeded")

	_, err := w.SignIn(w.ctx, origin("198.51.100.1"), "admin@example.com", password)
	wantError(t, err, access.ErrUnauthenticated)
	_, err = w.SignIn(w.ctx, origin("198.51.100.1"), "admin@example.com", next)
	w.must(err)
	if _, err := w.store.Session(w.ctx, keep); err != nil {
		t.Errorf("the session at hand ended: %v", err)
	}
	_, err = w.store.Session(w.ctx, other)
	wantError(t, err, access.ErrNotFound)
	wantError(t, w.ChangePassword(w.ctx, w.local, password, next, keep), access.ErrForbidden)
}

func TestGuessingThePresentPasswordIsThrottled(t *testing.T) {
	w := newWorld(t)
	for range 5 {
		wantInvalid(t, w.ChangePassword(w.ctx, w.admin, "a wrong password, a long one", "x", [32]byte{}), "currentPassword")
	}
	wantError(t, w.ChangePassword(w.ctx, w.admin, password, "nine loud geese cross the weir", [32]byte{}), access.ErrThrottled)
}

func TestATemporaryPasswordIsChangedOnce(t *testing.T) {
	w := newWorld(t)
	u, err := w.CreateUser(w.ctx, w.admin, access.NewUser{Email: "New@Example.com", Password: password, MustChangePassword: true, RoleID: viewer})
	w.must(err)
	if !u.MustChangePassword || u.Email != "new@example.com" || u.CreatedBy != "admin@example.com" {
		t.Errorf("got %+v", u)
	}
	caller := w.as(u.ID)
	if len(caller.Grants) != 1 || caller.Grants[0].RoleID != viewer {
		t.Errorf("the grants are %+v", caller.Grants)
	}
	w.must(w.ChangePassword(w.ctx, caller, password, "nine loud geese cross the weir", [32]byte{}))
	if _, again, _ := w.UserPrincipal(w.ctx, u.ID); again.MustChangePassword {
		t.Error("it must be changed again")
	}
}

func TestCreateUserChecksWhatIsTyped(t *testing.T) {
	w := newWorld(t)
	_, err := w.CreateUser(w.ctx, w.admin, access.NewUser{Email: "x", Password: "y", RoleID: 99999})
	wantInvalid(t, err, "email", "password", "roleId")
	_, err = w.CreateUser(w.ctx, w.admin, access.NewUser{Email: "ADMIN@example.com", Password: password})
	wantConflict(t, err, "email")
	reader := w.user("reader@example.com", editor, "")
	_, err = w.CreateUser(w.ctx, reader, access.NewUser{Email: "new@example.com", Password: password})
	wantError(t, err, access.ErrForbidden)
}

func TestPreferencesAreOnesOwn(t *testing.T) {
	w := newWorld(t)
	w.must(w.SetPreference(w.ctx, w.admin, "applications.columns", "name,status"))
	w.must(w.SetPreference(w.ctx, w.admin, "theme", "dark"))
	got, err := w.Preferences(w.ctx, w.admin)
	w.must(err)
	if got["applications.columns"] != "name,status" || got["theme"] != "dark" {
		t.Errorf("got %v", got)
	}
	wantError(t, w.SetPreference(w.ctx, w.admin, "administrator", "yes"), access.ErrNotFound)
	wantError(t, w.SetPreference(w.ctx, w.admin, "theme", strings.Repeat("x", 1001)), access.ErrInvalid)
	wantError(t, w.SetPreference(w.ctx, w.admin, "theme", "a\nb"), access.ErrInvalid)
	wantError(t, w.SetPreference(w.ctx, w.local, "theme", "dark"), access.ErrForbidden)
}

// failing cannot append events.
type failing struct{ access.Repository }

func (f failing) Write(ctx context.Context, fn func(context.Context, access.Tx) error) error {
	return f.Repository.Write(ctx, func(ctx context.Context, tx access.Tx) error { return fn(ctx, silent{tx}) })
}

type silent struct{ access.Tx }

func (silent) AppendEvent(context.Context, access.Event) error { return access.ErrUnavailable }

func TestWithoutItsEventNoChangeHappens(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("builder", "")
	healthy := w.Service
	w.Service = w.newService(failing{w.store})

	_, err := w.DeleteApplication(w.ctx, w.admin, app.ID)
	wantError(t, err, access.ErrUnavailable)
	_, _, err = w.RegenerateKey(w.ctx, w.admin, app.ID, 0, "")
	wantError(t, err, access.ErrUnavailable)
	_, _, err = w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "another"})
	wantError(t, err, access.ErrUnavailable)
	_, err = w.CreateRule(w.ctx, w.admin, w.newRule(access.SubjectApplication, "builder", viewer, ""))
	wantError(t, err, access.ErrUnavailable)
	err = w.ExportApplications(w.ctx, w.admin, access.List{}, func(access.ApplicationRow) error {
		t.Error("a row left without a record")
		return nil
	})
	wantError(t, err, access.ErrUnavailable)

	w.Service = healthy
	w.token("builder", key)
	if n, _ := w.CountAllApplications(w.ctx, w.admin, access.List{}); n != 1 {
		t.Errorf("%d applications, want 1", n)
	}
}
