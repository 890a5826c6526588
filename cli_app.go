package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"latchkey/access"
	"latchkey/token"
)

type appCommands struct {
	Create     appCreate     `cmd:"" help:"Create an application and print its secret key, once."`
	List       appList       `cmd:"" help:"List applications."`
	Disable    appDisable    `cmd:"" help:"Refuse an application's key and tokens until it is enabled again."`
	Enable     appEnable     `cmd:"" help:"Let a disabled application in again."`
	Regenerate appRegenerate `cmd:"" help:"Replace an application's secret key and print the new one, once."`
	Delete     appDelete     `cmd:"" help:"Delete an application; it can be restored for 30 days."`
}

type appCreate struct {
	Name        string      `arg:"" help:"2 to 64 of a-z, 0-9, - and _; begins with a letter. It is also the client id."`
	Rules       []string    `name:"rule" sep:"none" placeholder:"ROLE@SCOPE" help:"An access rule, such as \"Researcher@/eu-1/research\"; can be given several times."`
	Description string      `help:"What it is for."`
	KeyLifetime keyLifetime `placeholder:"DAYS|never" help:"How long the secret key lives; without it as the key policy of the settings says."`
	JSON        bool        `help:"Print one JSON object: id, name, clientId, clientSecret."`
}

func (cmd *appCreate) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		caller := operator()
		// All rules are understood before anything is made: a typing mistake
		// must not leave half an application and a lost key behind.
		rules, err := readRules(c.ctx, inst, caller, cmd.Rules)
		if err != nil {
			return err
		}
		app, key, err := inst.service.CreateApplication(c.ctx, caller, access.NewApplication{
			Name: cmd.Name, Description: cmd.Description, KeyLifetime: cmd.KeyLifetime.duration(),
		})
		if err != nil {
			return err
		}
		if err := printCredentials(c.streams.out, app, key, cmd.JSON); err != nil {
			return err
		}
		return addRules(c.ctx, inst.service, caller, app, rules)
	})
}

func readRules(ctx context.Context, inst *installation, caller access.Caller, texts []string) ([]access.NewRule, error) {
	rules := make([]access.NewRule, 0, len(texts))
	for _, text := range texts {
		// The first "@/" parts them: a scope begins with a slash.
		roleName, path, found := strings.Cut(text, "@/")
		if !found {
			return nil, usageError{fmt.Errorf("the rule %q is not ROLE@SCOPE, such as \"Researcher@/eu-1/research\"", text)}
		}
		role, err := roleNamed(ctx, inst.service, caller, roleName)
		if err != nil {
			return nil, err
		}
		scope, err := scopeAt(ctx, inst.store, "/"+path)
		if err != nil {
			return nil, err
		}
		rules = append(rules, access.NewRule{SubjectType: access.SubjectApplication, RoleID: role.ID, ScopeID: scope.ID})
	}
	return rules, nil
}

func addRules(ctx context.Context, service *access.Service, caller access.Caller, app access.Application, rules []access.NewRule) error {
	for _, rule := range rules {
		rule.Subject = app.ID
		if _, err := service.CreateRule(ctx, caller, rule); err != nil {
			return fmt.Errorf("the application exists, but an access rule could not be added: %w", err)
		}
	}
	return nil
}

// keyLifetime is how long a new secret key is to live: a number of days, "never",
// or nothing for what is usual here.
type keyLifetime string

func (l keyLifetime) Validate() error {
	if days, err := strconv.Atoi(string(l)); l != "" && l != access.Never && (err != nil || days < 1 || days > maxKeyDays) {
		return fmt.Errorf("%q is not a lifetime: write a number of days from 1 to %d, or never", string(l), maxKeyDays)
	}
	return nil
}

const maxKeyDays = 3650

func (l keyLifetime) duration() time.Duration {
	if l == "" {
		return access.UsualKeyLifetime
	}
	days, _ := strconv.Atoi(string(l)) // never is 0; all else was looked at by Validate
	return time.Duration(days) * 24 * time.Hour
}

// credentials is what --json prints; the names are those of design.md.
type credentials struct {
	ID           string `json:"id"`
	Name         string `json:"name"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

func printCredentials(w io.Writer, app access.Application, key token.Key, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(credentials{ID: app.ID, Name: app.Name, ClientID: app.ClientID, ClientSecret: key.Reveal()})
	}
	_, err := fmt.Fprintf(w, "Client ID:   %s\nSecret key:  %s\n\nThe secret key is not shown again. If it is lost, run `latchkey app regenerate %s`.\n",
		app.ClientID, key.Reveal(), app.ClientID)
	return err
}

type appList struct {
	Search string `help:"Only those with this text in name, client id or description."`
	JSON   bool   `help:"Print one JSON object a line."`
}

func (cmd *appList) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		print, finish := applicationPrinter(c.streams.out, inst.now(), cmd.JSON)
		if err := eachApplication(c.ctx, inst.service, cmd.Search, print); err != nil {
			return err
		}
		return finish()
	})
}

// eachApplication walks the list page by page, by cursor.
func eachApplication(ctx context.Context, service *access.Service, search string, do func(access.ApplicationRow) error) error {
	list := access.List{Search: search, Sort: access.ApplicationSchema.DefaultSort, Limit: access.MaxLimit}
	caller := operator()
	for {
		page, err := service.ListApplications(ctx, caller, list)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if err := do(row); err != nil {
				return err
			}
		}
		if page.Next == "" {
			return nil
		}
		list.After = page.Next
	}
}

// applicationPrinter prints rows one by one, as a table or as JSON lines;
// finish completes the table.
func applicationPrinter(w io.Writer, now time.Time, asJSON bool) (print func(access.ApplicationRow) error, finish func() error) {
	if asJSON {
		encoder := json.NewEncoder(w)
		return func(row access.ApplicationRow) error { return encoder.Encode(listed(row.Application, now)) }, func() error { return nil }
	}
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "APPLICATION\tSTATUS\tRULES\tLAST LOGIN\tCREATED BY")
	return func(row access.ApplicationRow) error {
		_, err := fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", row.Name, row.Status(now), row.RuleCount, moment(row.LastLogin, "never"), row.CreatedBy)
		return err
	}, table.Flush
}

// listedApplication is a line of `app list --json`.
type listedApplication struct {
	ID        string        `json:"id"`
	Name      string        `json:"name"`
	ClientID  string        `json:"clientId"`
	Status    access.Status `json:"status"`
	Rules     int           `json:"accessRules"`
	LastLogin string        `json:"lastLogin,omitempty"`
	CreatedBy string        `json:"createdBy"`
	CreatedAt string        `json:"createdAt"`
}

func listed(a access.Application, now time.Time) listedApplication {
	return listedApplication{
		ID: a.ID, Name: a.Name, ClientID: a.ClientID, Status: a.Status(now), Rules: a.RuleCount,
		LastLogin: moment(a.LastLogin, ""), CreatedBy: a.CreatedBy, CreatedAt: moment(a.CreatedAt, ""),
	}
}

func moment(t time.Time, never string) string {
	if t.IsZero() {
		return never
	}
	return t.UTC().Format(time.RFC3339)
}

// namedApplications is the argument of the commands that act on applications
// which exist.
type namedApplications struct {
	Names []string `arg:"" name:"name" help:"Client ids, or ids."`
}

// each acts on one application after the other, and goes on after a failure so
// that one wrong name does not hide what happened to the rest.
func (n namedApplications) each(c *call, inst *installation, do func(access.Application) (done string, err error)) error {
	var failures []error
	for _, name := range n.Names {
		app, err := applicationNamed(c.ctx, inst.store, name)
		done := ""
		if err == nil {
			done, err = do(app)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", name, err))
			continue
		}
		fmt.Fprintf(c.streams.out, "%s %s\n", done, app.ClientID)
	}
	return errors.Join(failures...)
}

func applicationNamed(ctx context.Context, repo access.Repository, name string) (access.Application, error) {
	app, err := repo.ApplicationByClientID(ctx, name)
	if errors.Is(err, access.ErrNotFound) {
		app, err = repo.Application(ctx, name)
	}
	if errors.Is(err, access.ErrNotFound) || (err == nil && !app.DeletedAt.IsZero()) {
		return access.Application{}, errors.New("there is no such application; `latchkey app list` shows them")
	}
	return app, err
}

type appDisable struct{ namedApplications }

func (cmd *appDisable) Run(c *call) error { return cmd.setEnabled(c, false, "Disabled") }

type appEnable struct{ namedApplications }

func (cmd *appEnable) Run(c *call) error { return cmd.setEnabled(c, true, "Enabled") }

func (n namedApplications) setEnabled(c *call, enabled bool, done string) error {
	return c.withInstallation(func(inst *installation) error {
		return n.each(c, inst, func(app access.Application) (string, error) {
			_, err := inst.service.SetApplicationEnabled(c.ctx, operator(), app.ID, enabled)
			return done, err
		})
	})
}

type appDelete struct{ namedApplications }

func (cmd *appDelete) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		return cmd.each(c, inst, func(app access.Application) (string, error) {
			_, err := inst.service.DeleteApplication(c.ctx, operator(), app.ID)
			return "Deleted", err
		})
	})
}

type appRegenerate struct {
	Name        string      `arg:"" help:"Client id, or id."`
	KeyLifetime keyLifetime `placeholder:"DAYS|never" help:"How long the new key lives; without it as the key policy of the settings says."`
	JSON        bool        `help:"Print one JSON object: id, name, clientId, clientSecret."`
}

func (cmd *appRegenerate) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		app, err := applicationNamed(c.ctx, inst.store, cmd.Name)
		if err != nil {
			return fmt.Errorf("%s: %w", cmd.Name, err)
		}
		app, key, err := inst.service.RegenerateKey(c.ctx, operator(), app.ID, cmd.KeyLifetime.duration(), "")
		if err != nil {
			return err
		}
		return printCredentials(c.streams.out, app, key, cmd.JSON)
	})
}
