package main

import (
	"fmt"

	"latchkey/access"
)

type auditCommands struct {
	Verify auditVerify `cmd:"" help:"Walk over the audit log and tell the first event that is not as it was written."`
	Head   auditHead   `cmd:"" help:"Print the head of the audit log, to keep elsewhere."`
}

type auditVerify struct {
	Head string `placeholder:"HEAD" help:"A head that was kept elsewhere: shows as well whether the end was cut off, or all written anew."`
}

func (cmd *auditVerify) Run(c *call) error {
	var kept access.LogHead
	if cmd.Head != "" {
		var err error
		if kept, err = access.ParseLogHead(cmd.Head); err != nil {
			return usageError{err}
		}
	}
	return c.withInstallation(func(inst *installation) error {
		checked, err := inst.service.VerifyEvents(c.ctx, operator(), kept)
		if err != nil {
			return err
		}
		if checked.Fault != nil {
			return checked.Fault
		}
		_, err = fmt.Fprintf(c.streams.out, "The audit log is as it was written: %d events. Its head is\n%s\n", checked.Head.Position, checked.Head)
		return err
	})
}

type auditHead struct{}

func (*auditHead) Run(c *call) error {
	return c.withInstallation(func(inst *installation) error {
		head, err := inst.service.EventsHead(c.ctx, operator())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.streams.out, head)
		return err
	})
}
