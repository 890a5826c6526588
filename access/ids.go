package access

import (
	"fmt"
	"io"
	"time"

	"github.com/google/uuid"
)

// newID makes a UUIDv7 (RFC 9562 section 5.7) from the service's own clock and
// random source. The 12 bits after the milliseconds hold the fraction of the
// millisecond (section 6.2, method 3), so that ids sort by time of creation.
func (s *Service) newID() (string, error) {
	id, err := uuidV7(s.cfg.Now(), s.cfg.Random)
	if err != nil {
		return "", fmt.Errorf("make an id: %w", err)
	}
	return id.String(), nil
}

func uuidV7(at time.Time, random io.Reader) (uuid.UUID, error) {
	var id uuid.UUID
	if _, err := io.ReadFull(random, id[8:]); err != nil {
		return id, err
	}
	micros := at.UnixMicro()
	millis := uint64(micros / 1000)
	fraction := uint16(micros%1000) * 4 // 0..3996, within 12 bits
	for i := range 6 {
		id[i] = byte(millis >> (40 - 8*i))
	}
	id[6] = 0x70 | byte(fraction>>8)
	id[7] = byte(fraction)
	id[8] = id[8]&0x3f | 0x80
	return id, nil
}
