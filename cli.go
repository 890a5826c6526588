package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/user"
	"strings"

	"github.com/alecthomas/kong"

	"latchkey/access"
)

// Exit codes, as scripts see them.
const (
	exitDone       = 0
	exitFailed     = 1
	exitWrongUsage = 2
)

// streams are the three that every program has; tests bring their own.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how the program was called rather than in what
// happened then.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// commands is the whole command line. Each field's tags are its documentation.
type commands struct {
	Storage

	Serve   serveCommand   `cmd:"" default:"withargs" help:"Serve the console (the default)."`
	User    userCommands   `cmd:"" help:"Users, who sign in to the console."`
	App     appCommands    `cmd:"" help:"Applications, the machine identities."`
	Org     orgCommands    `cmd:"" help:"The organization: clusters, departments and projects."`
	Keys    keysCommands   `cmd:"" help:"Signing keys, which sign access tokens."`
	Audit   auditCommands  `cmd:"" help:"The audit log: what was done, by whom."`
	Demo    demoCommand    `cmd:"" help:"Fill an installation that has no applications yet with a sample organisation."`
	Backup  backupCommand  `cmd:"" help:"Write a consistent copy of the database, also while serving."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// call is what a command gets beside its own flags.
type call struct {
	ctx     context.Context
	streams streams
	storage Storage
}

// execute runs one command line and answers the exit code. Whatever went
// wrong, it is told in one line on standard error.
func execute(ctx context.Context, args []string, s streams) int {
	var line commands
	parsed, err := parse(&line, args, s)
	if errors.Is(err, errHelpShown) {
		return exitDone
	}
	if err == nil {
		err = parsed.Run(&call{ctx: ctx, streams: s, storage: line.Storage})
	}
	return report(err, s.err)
}

func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(stderr, "latchkey: %s\n", oneLine(err))
	if usage := (usageError{}); errors.As(err, &usage) {
		return exitWrongUsage
	}
	return exitFailed
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }

var errHelpShown = errors.New("help was shown")

// parse reads the command line and the environment. Kong ends the process
// after --help; here that is turned into an error, so that execute stays the
// only place that decides how a run ends.
func parse(line *commands, args []string, s streams) (parsed *kong.Context, err error) {
	type exit struct{}
	defer func() {
		if caught := recover(); caught == (exit{}) {
			err = errHelpShown
		} else if caught != nil {
			panic(caught)
		}
	}()
	parser, err := kong.New(line,
		kong.Name("latchkey"),
		kong.Description("A self-hosted console for applications: the machine identities of pipelines, scripts and services."),
		kong.Writers(s.out, s.err),
		kong.Exit(func(int) { panic(exit{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: false}),
	)
	if err != nil {
		return nil, err
	}
	parsed, err = parser.Parse(args)
	if err != nil {
		return nil, usageError{fmt.Errorf("%w; `latchkey --help` lists what there is", err)}
	}
	return parsed, nil
}

type serveCommand struct{ Serving }

func (cmd *serveCommand) Run(c *call) error {
	return run(c.ctx, Config{Storage: c.storage, Serving: cmd.Serving}, c.streams.out, c.streams.err)
}

// withInstallation opens the installation for one command and closes it after.
func (c *call) withInstallation(do func(*installation) error) error {
	inst, err := openInstallation(c.ctx, c.storage, "", c.storage.logger(c.streams.err))
	if err != nil {
		return err
	}
	return errors.Join(do(inst), inst.close())
}

// operator is whoever runs this command on the machine itself; events name
// them so.
func operator() access.Caller {
	name := "local operator"
	if current, err := user.Current(); err == nil {
		name = current.Username
	}
	return access.LocalOperator(name)
}

// administratorRole is the role of the first administrator.
const administratorRole = "System administrator"

// roleNamed finds a role by the name that people see.
func roleNamed(ctx context.Context, service *access.Service, caller access.Caller, name string) (access.Role, error) {
	choices, err := service.RoleChoices(ctx, caller)
	if err != nil {
		return access.Role{}, err
	}
	names := make([]string, len(choices))
	for i, choice := range choices {
		if strings.EqualFold(choice.Role.Name, name) {
			return choice.Role, nil
		}
		names[i] = choice.Role.Name
	}
	return access.Role{}, usageError{fmt.Errorf("there is no role %q; the roles are %s", name, strings.Join(names, ", "))}
}

// scopeAt finds a scope by its path of names below the tenant: "/" is the
// tenant, "/eu-1/research" a department of the cluster eu-1.
func scopeAt(ctx context.Context, repo access.Repository, path string) (access.Scope, error) {
	scope, err := access.FindScope(ctx, repo, path)
	if errors.Is(err, access.ErrNotFound) {
		return access.Scope{}, fmt.Errorf("there is no scope %s: write the names from the tenant down, such as / or /eu-1/research", path)
	}
	return scope, err
}

type backupCommand struct {
	File string `arg:"" help:"Where to write the copy; it must not exist yet."`
}

func (cmd *backupCommand) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		if err := inst.store.Backup(c.ctx, cmd.File); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.streams.out, "Wrote %s. Keep the key file %s with your secrets, apart from it.\n", cmd.File, c.storage.keyFile())
		return err
	})
}
