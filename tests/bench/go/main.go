// The same job in Go, for comparison: verify the signature, parse the JSON, produce with acks=all, answer after the ack.
//
//	webhooks <listen> <brokers> <topic> <whsec_… secret>
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type message struct {
	EventType string `json:"eventType"`
	MessageID string `json:"messageId"`
}

// Standard Webhooks: HMAC-SHA256 over "id.timestamp.body", at most five minutes old.
func verified(key []byte, h http.Header, body []byte) bool {
	id, at := h.Get("webhook-id"), h.Get("webhook-timestamp")
	said, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get("webhook-signature"), "v1,"))
	seconds, bad := strconv.ParseInt(at, 10, 64)
	if err != nil || bad != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, at)
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), said)
}

func main() {
	listen, brokers, topic := os.Args[1], os.Args[2], os.Args[3]
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Args[4], "whsec_"))
	if err != nil {
		log.Fatal(err)
	}
	kafka, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(brokers, ",")...), kgo.DefaultProduceTopic(topic),
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		var m message
		if err != nil || !verified(key, r.Header, body) || json.Unmarshal(body, &m) != nil {
			http.Error(w, "refused", http.StatusUnauthorized)
			return
		}
		record := &kgo.Record{Key: []byte("bench:" + m.MessageID), Value: body, Headers: []kgo.RecordHeader{
			{Key: "ce_id", Value: []byte(m.MessageID)}, {Key: "ce_type", Value: []byte("texting." + m.EventType)}}}
		if err := kafka.ProduceSync(r.Context(), record).FirstErr(); err != nil {
			http.Error(w, "unavailable", http.StatusServiceUnavailable)
			return
		}
		io.WriteString(w, `{"ids":["`+m.MessageID+`"]}`)
	})
	log.Fatal(http.ListenAndServe(listen, nil))
}
