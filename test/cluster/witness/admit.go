package main

import (
	"encoding/json"
	"net/http"
)

type review struct {
	APIVersion string    `json:"apiVersion"`
	Kind       string    `json:"kind"`
	Request    *request  `json:"request,omitempty"`
	Response   *response `json:"response,omitempty"`
}

type request struct {
	UID string `json:"uid"`
}

type response struct {
	UID     string `json:"uid"`
	Allowed bool   `json:"allowed"`
	Status  status `json:"status"`
}

type status struct {
	Message string `json:"message"`
}

// admit refuses whatever it is asked about: a refusal with this message proves that the API server reached the pod.
func admit(certificate, key string) {
	http.HandleFunc("/", func(writer http.ResponseWriter, incoming *http.Request) {
		var asked review
		if err := json.NewDecoder(incoming.Body).Decode(&asked); err != nil || asked.Request == nil {
			http.Error(writer, "not an AdmissionReview", http.StatusBadRequest)
			return
		}
		answer := review{APIVersion: asked.APIVersion, Kind: asked.Kind, Response: &response{
			UID:    asked.Request.UID,
			Status: status{Message: "refused by the witness behind its Service"},
		}}
		writer.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(writer).Encode(answer)
	})
	fail(http.ListenAndServeTLS(":8443", certificate, key, nil).Error())
}
