package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"latchkey/access"
)

type keysCommands struct {
	List     keysList     `cmd:"" help:"List the signing keys, the newest first."`
	Rotate   keysRotate   `cmd:"" help:"Publish the key that signs next; verifiers notice nothing."`
	Withdraw keysWithdraw `cmd:"" help:"End the trust in a signing key that others may know, at once."`
}

type keysList struct {
	JSON bool `help:"Print one JSON object a line."`
}

// listedSigningKey is a line of `keys list --json`.
type listedSigningKey struct {
	ID            string                 `json:"kid"`
	Algorithm     string                 `json:"algorithm"`
	State         access.SigningKeyState `json:"state"`
	CreatedAt     string                 `json:"createdAt"`
	SignsFrom     string                 `json:"signsFrom"`
	RetiredAt     string                 `json:"retiredAt,omitempty"`
	VerifiesUntil string                 `json:"verifiesUntil,omitempty"`
	WithdrawnAt   string                 `json:"withdrawnAt,omitempty"`
}

func (cmd *keysList) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		keys, err := inst.service.SigningKeys(c.ctx, operator())
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printSigningKeysAsJSON(c, keys)
		}
		table := tabwriter.NewWriter(c.streams.out, 0, 0, 3, ' ', 0)
		fmt.Fprintln(table, "KID\tALGORITHM\tSTATE\tCREATED\tSIGNS FROM\tVERIFIES UNTIL")
		for _, key := range keys {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", key.ID, key.Algorithm, key.State,
				moment(key.CreatedAt, ""), moment(key.SignsFrom, ""), moment(key.VerifiesUntil, "-"))
		}
		return table.Flush()
	})
}

func printSigningKeysAsJSON(c *call, keys []access.SigningKeyFacts) error {
	encoder := json.NewEncoder(c.streams.out)
	for _, key := range keys {
		err := encoder.Encode(listedSigningKey{
			ID: key.ID, Algorithm: key.Algorithm, State: key.State, CreatedAt: moment(key.CreatedAt, ""), SignsFrom: moment(key.SignsFrom, ""),
			RetiredAt: moment(key.RetiredAt, ""), VerifiesUntil: moment(key.VerifiesUntil, ""), WithdrawnAt: moment(key.WithdrawnAt, ""),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

type keysRotate struct {
	Algorithm string `enum:"ES256,RS256,EdDSA" default:"ES256" help:"ES256 (the default), RS256 with 3072 bits, or EdDSA."`
}

func (cmd *keysRotate) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		if err := inst.service.PrepareSigningKeys(c.ctx); err != nil {
			return err
		}
		next, err := inst.service.RotateSigningKey(c.ctx, operator(), cmd.Algorithm)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.streams.out, "Published %s (%s). It signs from %s.\n", next.ID, next.Algorithm, moment(next.SignsFrom, ""))
		return err
	})
}

type keysWithdraw struct {
	ID string `arg:"" name:"kid" help:"The key's id, as in latchkey keys list."`
}

func (cmd *keysWithdraw) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		if err := inst.service.PrepareSigningKeys(c.ctx); err != nil {
			return err
		}
		signs, err := inst.service.WithdrawSigningKey(c.ctx, operator(), cmd.ID)
		if errors.Is(err, access.ErrNotFound) {
			return errors.New("there is no such signing key; `latchkey keys list` shows them")
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.streams.out, "Withdrew %s. What it signed is refused from the next request on; %s (%s) signs now.\n", cmd.ID, signs.ID, signs.Algorithm)
		return err
	})
}
