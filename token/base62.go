package token

import (
	"fmt"
	"io"
)

// base62 is in ASCII order, so that strings of it sort as the numbers they stand for.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// unbiased is the largest multiple of 62 that a byte can reach. Bytes from there on are thrown away: a plain remainder
// would make the first eight characters of the alphabet more likely than the others.
const unbiased = 256 - 256%len(base62)

// appendRandom appends n characters of the alphabet, each equally likely and independent of the others (5.95 bits each).
func appendRandom(dst []byte, random io.Reader, n int) ([]byte, error) {
	var batch [64]byte
	for n > 0 {
		// A few more than needed, since about 3 % are thrown away.
		fresh := batch[:min(len(batch), n+n/8+4)]
		if _, err := io.ReadFull(random, fresh); err != nil {
			return nil, fmt.Errorf("read random bytes: %w", err)
		}
		for _, b := range fresh {
			if n == 0 {
				break
			}
			if int(b) < unbiased {
				dst = append(dst, base62[int(b)%len(base62)])
				n--
			}
		}
	}
	return dst, nil
}

// appendNumber appends v as exactly width digits of the alphabet, most significant first.
func appendNumber(dst []byte, v uint32, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, base62[0])
	}
	for i := start + width - 1; i >= start; i-- {
		dst[i] = base62[v%uint32(len(base62))]
		v /= uint32(len(base62))
	}
	return dst
}

func isBase62(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
