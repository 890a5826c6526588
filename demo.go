package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"latchkey/access"
	"latchkey/token"
)

type demoCommand struct {
	Applications int `placeholder:"N" help:"How many applications to make (60, the ones with a story)."`
}

func (cmd *demoCommand) Run(c *call) error {
	if cmd.Applications < 0 {
		return usageError{errors.New("--applications needs a number above 0")}
	}
	return c.withInstallation(func(inst *installation) error {
		if err := refuseIfInUse(c.ctx, inst); err != nil {
			return err
		}
		d := &demo{inst: inst, now: inst.now(), scopes: map[string]access.Scope{}, roles: map[string]access.Role{}}
		if err := d.found(c.ctx); err != nil {
			return err
		}
		passwords, err := d.hire(c.ctx)
		if err != nil {
			return err
		}
		total := cmd.Applications
		if total == 0 {
			total = len(demoApplications)
		}
		progress := newProgress(c.streams.err, total, "applications")
		if err := d.fill(c.ctx, total, progress.add); err != nil {
			return err
		}
		progress.done()
		return d.tell(c, total, passwords)
	})
}

// refuseIfInUse keeps a sample out of an installation that people work with.
func refuseIfInUse(ctx context.Context, inst *installation) error {
	everything := access.ApplicationQuery{Reach: []access.ScopePath{access.TenantPath}, Now: inst.now()}
	count, err := inst.store.CountApplications(ctx, everything, 1)
	if err != nil {
		return err
	}
	if count > 0 {
		return errors.New("this installation has applications already; give the demo a database of its own with --database")
	}
	return nil
}

// demo writes the sample organisation as if its people had made it over the
// years: with times in the past and an event for each change.
type demo struct {
	inst   *installation
	now    time.Time
	scopes map[string]access.Scope // by path of names
	roles  map[string]access.Role  // by name
}

// demoFounded is how long ago the organisation was set up: longer than its
// oldest application.
const demoFounded = 730 * day

// found names the tenant and makes the organisation below it.
func (d *demo) found(ctx context.Context) error {
	choices, err := d.inst.service.RoleChoices(ctx, operator())
	if err != nil {
		return err
	}
	for _, choice := range choices {
		d.roles[choice.Role.Name] = choice.Role
	}
	at := d.now.Add(-demoFounded)
	return d.inst.store.Write(ctx, func(ctx context.Context, tx access.Tx) error {
		// The tenant is as old as the installation: nothing can have changed it before.
		if err := tx.RenameScope(ctx, access.TenantNodeID, demoTenant, d.now); err != nil {
			return err
		}
		tenant, err := tx.Scope(ctx, access.TenantNodeID)
		if err != nil {
			return err
		}
		d.scopes["/"] = tenant
		for _, path := range demoScopes {
			if err := d.insertScope(ctx, tx, path, at); err != nil {
				return fmt.Errorf("make the scope %s: %w", path, err)
			}
		}
		return nil
	})
}

func (d *demo) insertScope(ctx context.Context, tx access.Tx, path string, at time.Time) error {
	cut := strings.LastIndex(path, "/")
	parent := d.scopes[path[:max(cut, 1)]]
	id, err := newID(at)
	if err != nil {
		return err
	}
	levels := []access.ScopeType{access.ScopeTenant, access.ScopeCluster, access.ScopeDepartment, access.ScopeProject}
	scope := access.Scope{
		ID: id, Type: levels[len(parent.Names)], Name: path[cut+1:], ParentID: parent.ID, Path: parent.Path.Child(id),
		Names: append(slices.Clone(parent.Names), path[cut+1:]), CreatedBy: ines, Times: access.Times{CreatedAt: at, UpdatedAt: at},
	}
	d.scopes[path] = scope
	return tx.InsertScope(ctx, scope)
}

// hire makes the users, each with a temporary password of their own.
func (d *demo) hire(ctx context.Context) (passwords []string, err error) {
	for _, u := range demoUsers {
		password := temporaryPassword()
		user, err := d.inst.service.CreateUser(ctx, operator(), access.NewUser{Email: u.email, Password: password, MustChangePassword: true})
		if err != nil {
			return nil, fmt.Errorf("make the user %s: %w", u.email, err)
		}
		_, err = d.inst.service.CreateRule(ctx, operator(), access.NewRule{
			SubjectType: access.SubjectUser, Subject: user.ID, RoleID: d.roles[u.role].ID, ScopeID: d.scopes[u.scope].ID,
		})
		if err != nil {
			return nil, fmt.Errorf("give %s the role %s: %w", u.email, u.role, err)
		}
		passwords = append(passwords, password)
	}
	return passwords, nil
}

// demoBatch is how many applications go into one transaction: enough to spread
// the cost of a commit, few enough to leave the database to others in between.
const demoBatch = 2000

// fill makes the applications in the order in which they came, as life does: what
// is written beside each other lies beside each other, in tables and indexes.
func (d *demo) fill(ctx context.Context, total int, made func(int)) error {
	for batch := range slices.Chunk(oldestFirst(total), demoBatch) {
		var uses []access.TokenUse
		err := d.inst.store.Write(ctx, func(ctx context.Context, tx access.Tx) (err error) {
			uses, err = d.fillBatch(ctx, tx, batch)
			return err
		})
		if err != nil {
			return err
		}
		if err := d.inst.store.RecordUses(ctx, uses, nil); err != nil {
			return err
		}
		made(len(batch))
	}
	return nil
}

// oldestFirst are the numbers below total by the age of their applications.
func oldestFirst(total int) []int {
	ages := make([]time.Duration, total)
	order := make([]int, total)
	for i := range order {
		order[i], ages[i] = i, demoApplicationAt(i).age
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(ages[b], ages[a]) })
	return order
}

// fillBatch makes the applications before what happened to them: SQLite's text
// index takes them in at once, but is written out before each statement that
// could be undone alone, such as those for rules.
func (d *demo) fillBatch(ctx context.Context, tx access.Tx, batch []int) (uses []access.TokenUse, err error) {
	apps := make([]access.Application, len(batch))
	for i, number := range batch {
		if apps[i], err = d.insertApplication(ctx, tx, demoApplicationAt(number)); err != nil {
			return nil, err
		}
	}
	for i, app := range apps {
		sample := demoApplicationAt(batch[i])
		if err := d.live(ctx, tx, app, sample); err != nil {
			return nil, err
		}
		if use := useOf(app, sample, d.now); use.Tokens > 0 {
			uses = append(uses, use)
		}
	}
	return uses, nil
}

func (d *demo) insertApplication(ctx context.Context, tx access.Tx, sample demoApplication) (access.Application, error) {
	key, err := token.MintKey(rand.Reader)
	if err != nil {
		return access.Application{}, err
	}
	app, err := d.application(sample, key)
	if err != nil {
		return access.Application{}, err
	}
	credential := access.Credential{
		ApplicationID: app.ID, ClientID: app.ClientID, KeyHash: key.Hash(), Generation: 1,
		Enabled: app.Enabled, KeyExpiresAt: app.Key.ExpiresAt,
	}
	if err := tx.InsertApplication(ctx, app, credential); err != nil {
		return access.Application{}, fmt.Errorf("make the application %s: %w", sample.name, err)
	}
	return app, nil
}

// live is all that happened to an application since.
func (d *demo) live(ctx context.Context, tx access.Tx, app access.Application, sample demoApplication) error {
	if err := d.insertRules(ctx, tx, app, sample); err != nil {
		return err
	}
	if err := d.recordLife(ctx, tx, app, sample); err != nil {
		return err
	}
	return d.bury(ctx, tx, app, sample)
}

// application turns a line of the sample into an application of that age.
func (d *demo) application(sample demoApplication, key token.Key) (access.Application, error) {
	createdAt := d.now.Add(-sample.age)
	id, err := newID(createdAt)
	if err != nil {
		return access.Application{}, err
	}
	app := access.Application{
		ID: id, Name: sample.name, ClientID: sample.name, Description: sample.about,
		ScopeID: access.TenantNodeID, ScopePath: access.TenantPath, Enabled: sample.state != disabled,
		Key:       access.KeyFacts{EndsIn: key.EndsIn(), CreatedAt: createdAt, ExpiresAt: d.keyExpiry(sample)},
		CreatedBy: sample.by, Version: 1, Times: access.Times{CreatedAt: createdAt, UpdatedAt: d.lastChange(sample)},
	}
	return app, nil
}

func (d *demo) keyExpiry(sample demoApplication) time.Time {
	switch sample.state {
	case keyExpired:
		// Between its last use and now, a little sooner than later.
		return d.now.Add(-sample.used/3 - day)
	case keyExpiresSoon:
		return d.now.Add(9*day + sample.used)
	default:
		return time.Time{}
	}
}

// lastChange is when a rule was added, some days after the creation, or the
// application was disabled, soon after its last use.
func (d *demo) lastChange(sample demoApplication) time.Time {
	switch {
	case sample.state == disabled:
		return d.now.Add(-sample.used + sample.used/4)
	case len(sample.rules) > 0:
		return d.now.Add(-sample.age + sample.age/7)
	default:
		return d.now.Add(-sample.age)
	}
}

func (d *demo) insertRules(ctx context.Context, tx access.Tx, app access.Application, sample demoApplication) error {
	for _, text := range sample.rules {
		roleName, path, _ := strings.Cut(text, "@")
		role, known := d.roles[roleName]
		if !known {
			return fmt.Errorf("the sample names the role %q, which does not exist", roleName)
		}
		scope, known := d.scopes[path]
		if !known {
			return fmt.Errorf("the sample names the scope %q, which does not exist", path)
		}
		at := d.lastChange(sample)
		rule, err := tx.InsertRule(ctx, access.Rule{
			Subject: access.Subject{Type: access.SubjectApplication, ID: app.ID, Name: app.ClientID},
			RoleID:  role.ID, RoleName: role.Name, Scope: scope, CreatedBy: sample.by, Times: access.Times{CreatedAt: at, UpdatedAt: at},
		})
		if err != nil {
			return fmt.Errorf("give %s the rule %s: %w", sample.name, text, err)
		}
		err = d.record(ctx, tx, sample.by, at, access.EventCreate, "access-rule", fmt.Sprint(rule.ID), roleName+" in "+scope.NamePath())
		if err != nil {
			return err
		}
	}
	return nil
}

// recordLife writes the events of the application itself.
func (d *demo) recordLife(ctx context.Context, tx access.Tx, app access.Application, sample demoApplication) error {
	if err := d.record(ctx, tx, sample.by, app.CreatedAt, access.EventCreate, "application", app.ID, app.Name); err != nil {
		return err
	}
	if sample.state == disabled {
		return d.record(ctx, tx, sample.by, app.UpdatedAt, access.EventUpdate, "application", app.ID, app.Name)
	}
	return nil
}

// bury puts what was deleted into the bin, three days ago.
func (d *demo) bury(ctx context.Context, tx access.Tx, app access.Application, sample demoApplication) error {
	if sample.state != deleted {
		return nil
	}
	stored, err := tx.Application(ctx, app.ID)
	if err != nil {
		return err
	}
	stored.DeletedAt = d.now.Add(-3 * day)
	stored.UpdatedAt = stored.DeletedAt
	if err := tx.UpdateApplication(ctx, stored); err != nil {
		return err
	}
	return d.record(ctx, tx, sample.by, stored.DeletedAt, access.EventDelete, "application", app.ID, app.Name)
}

func (d *demo) record(ctx context.Context, tx access.Tx, by string, at time.Time, action access.EventAction, entityType, entityID, entityName string) error {
	id, err := newID(at)
	if err != nil {
		return err
	}
	return tx.AppendEvent(ctx, access.Event{
		ID: id, At: at, Subject: access.Subject{Type: access.SubjectUser, Name: by}, Action: action, Result: access.Succeeded,
		EntityType: entityType, EntityID: entityID, EntityName: entityName,
	})
}

// useOf is the last time that the application signed in; none if it never did.
func useOf(app access.Application, sample demoApplication, now time.Time) access.TokenUse {
	if sample.used == 0 || sample.state == deleted {
		return access.TokenUse{}
	}
	at := now.Add(-sample.used)
	return access.TokenUse{ApplicationID: app.ID, Generation: 1, At: at, ExpiresAt: at.Add(time.Hour), Tokens: 1 + len(sample.rules)}
}

// newID is a UUIDv7 of that moment (RFC 9562 section 5.7), so that ids sort as
// if the thing had been made then.
func newID(at time.Time) (string, error) {
	id, err := uuid.NewRandom()
	if err != nil {
		return "", err
	}
	milliseconds := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(milliseconds >> (40 - 8*i))
	}
	id[6] = id[6]&0x0f | 0x70
	return id.String(), nil
}

func (d *demo) tell(c *call, total int, passwords []string) error {
	fmt.Fprintf(c.streams.out, "Made the organisation %s: 2 clusters, 5 departments, 14 projects, %d applications, and 4 users with temporary passwords:\n\n", demoTenant, total)
	for i, u := range demoUsers {
		fmt.Fprintf(c.streams.out, "  %-20s %-26s %s\n", u.email, u.role, passwords[i])
	}
	_, err := fmt.Fprintf(c.streams.out, "\nStart `latchkey` to look around.\n")
	return err
}

// demoApplicationAt is the i-th application: one with a story, or past those
// one made up from the number alone.
func demoApplicationAt(i int) demoApplication {
	if i < len(demoApplications) {
		return demoApplications[i]
	}
	bits := scatter(uint64(i))
	pick := func(words []string) string {
		word := words[bits%uint64(len(words))]
		bits = scatter(bits)
		return word
	}
	app := demoApplication{
		name: pick(demoServices) + "-" + pick(demoTasks) + "-" + pick(demoStages) + "-" + suffix(uint64(i)),
		by:   pick([]string{ines, tomas, yuki, amara}),
	}
	app.about = "Generated to try Latchkey at size."
	if bits%5 != 0 {
		app.rules = []string{pick(demoRoles) + "@" + pick(demoScopes)}
	}
	app.age = time.Duration(bits%uint64(700*day/time.Second)+3600) * time.Second
	bits = scatter(bits)
	if bits%8 != 0 { // one in eight was never used
		app.used = time.Duration(scatter(bits) % uint64(app.age))
	}
	switch bits % 20 {
	case 1, 2:
		app.state = disabled
	case 3:
		app.state = keyExpired
	}
	return app
}

var (
	demoServices = []string{"billing", "catalog", "fleet", "ingest", "imaging", "ledger", "maps", "notify", "orders", "search", "speech", "vision"}
	demoTasks    = []string{"api", "batch", "export", "import", "reader", "runner", "sync", "worker"}
	demoStages   = []string{"prod", "staging", "test", "dev", "canary"}
	demoRoles    = []string{"Viewer", "L1 researcher", "L2 researcher", "ML engineer", "Editor", "Department viewer"}
)

// scatter is the finaliser of SplitMix64: neighbouring numbers come out far
// apart, and always the same.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// suffix is six characters that differ for every number below 32^6: an odd
// multiplier permutes the 30 bits that they hold.
func suffix(i uint64) string {
	const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
	bits := i * 0x2545f491 & (1<<30 - 1)
	var text [6]byte
	for at := range text {
		text[at] = alphabet[bits&31]
		bits >>= 5
	}
	return string(text[:])
}
