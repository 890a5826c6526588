package main

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"

	"latchkey/access"
)

type userCommands struct {
	Create userCreate `cmd:"" help:"Create a user with a role over the whole organisation."`
}

type userCreate struct {
	Email        string `arg:"" help:"The e-mail address to sign in with."`
	Role         string `default:"System administrator" help:"The role (${default})."`
	PasswordFile string `placeholder:"FILE" help:"File that holds the password, - for standard input. Without it, a temporary password is made and printed."`
}

func (cmd *userCreate) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		caller := operator()
		role, err := roleNamed(c.ctx, inst.service, caller, cmd.Role)
		if err != nil {
			return err
		}
		password, temporary, err := cmd.password(c.streams.in)
		if err != nil {
			return err
		}
		user, err := inst.service.CreateUser(c.ctx, caller, access.NewUser{
			Email: cmd.Email, Password: password, RoleID: role.ID, MustChangePassword: temporary,
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(c.streams.out, "Created %s, %s.\n", user.Email, role.Name)
		if temporary {
			fmt.Fprintf(c.streams.out, "Temporary password: %s\nIt is not shown again, and has to be changed at the first sign-in.\n", password)
		}
		return nil
	})
}

// password comes from the file, from standard input, or is made here; then it
// is temporary.
func (cmd *userCreate) password(stdin io.Reader) (password string, temporary bool, err error) {
	switch cmd.PasswordFile {
	case "":
		return temporaryPassword(), true, nil
	case "-":
		content, err := io.ReadAll(io.LimitReader(stdin, maxPasswordFile))
		return strings.TrimRight(string(content), "\r\n"), false, err
	default:
		password, err := readPasswordFile(cmd.PasswordFile)
		return password, false, err
	}
}

// maxPasswordFile is far more than any password: a mistaken redirect of a big
// file ends in an error and not in memory.
const maxPasswordFile = 64 << 10

// temporaryPassword is 26 characters of base32, more than 128 random bits, in
// groups that can be read out.
func temporaryPassword() string {
	text := strings.ToLower(rand.Text())
	return text[:6] + "-" + text[6:13] + "-" + text[13:19] + "-" + text[19:]
}
