/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/tls.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/text.h"

static const unsigned char alpn[] = "\x09"
				    "faxwire/1";
enum { ALPN_SIZE = sizeof(alpn) - 1 };

struct tls_context {
	SSL_CTX *ssl;
	BIO_METHOD *bio;
	bool pinned;
	uint8_t pin[IDENTITY_PIN_SIZE];
	int holds; /* contexts are made and freed by one thread, connections
		      by another: atomic */
};

/* One connection. The BIO reads from `input` and appends to `out`, which is
 * the buffer of the call that is running: an idle connection owns neither. */
struct tls {
	SSL *ssl;
	struct tls_context *context;
	const uint8_t *input;
	size_t input_left;
	struct buf *out;
	bool opened;
	const char *fault;
};

/* --- the BIO --- */

static int bio_read(BIO *b, char *to, int size)
{
	struct tls *t = BIO_get_data(b);
	size_t n = (size_t)size;

	BIO_clear_retry_flags(b);
	if (t->input_left == 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (n > t->input_left)
		n = t->input_left;
	memcpy(to, t->input, n);
	t->input += n;
	t->input_left -= n;
	return (int)n;
}

static int bio_write(BIO *b, const char *from, int size)
{
	struct tls *t = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	if (!t->out || buf_append(t->out, from, (size_t)size) != OK)
		return -1;
	return size;
}

static long bio_ctrl(BIO *b, int command, long number, void *pointer)
{
	(void)b;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

static BIO_METHOD *new_bio_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
				     "faxwire");

	if (m && BIO_meth_set_read(m, bio_read) &&
	    BIO_meth_set_write(m, bio_write) && BIO_meth_set_ctrl(m, bio_ctrl))
		return m;
	BIO_meth_free(m);
	return NULL;
}

/* --- contexts --- */

static int select_alpn(SSL *ssl, const unsigned char **out,
		       unsigned char *out_len, const unsigned char *in,
		       unsigned int in_len, void *owner)
{
	unsigned char *chosen;

	(void)ssl;
	(void)owner;
	if (SSL_select_next_proto(&chosen, out_len, alpn, ALPN_SIZE, in,
				  in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static bool set_up(SSL_CTX *ssl)
{
	char groups[] = "X25519:P-256"; /* not const in OpenSSL's macro */

	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_num_tickets(ssl, 0) &&
	       SSL_CTX_set1_groups_list(ssl, groups) &&
	       SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256:"
					     "TLS_CHACHA20_POLY1305_SHA256:"
					     "TLS_AES_256_GCM_SHA384");
}

static struct tls_context *new_context(const SSL_METHOD *method)
{
	struct tls_context *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->holds = 1;
	c->ssl = SSL_CTX_new(method);
	c->bio = new_bio_method();
	if (c->ssl && c->bio && set_up(c->ssl))
		return c;
	tls_context_free(c);
	return NULL;
}

void tls_context_free(struct tls_context *c)
{
	if (!c || __atomic_sub_fetch(&c->holds, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	SSL_CTX_free(c->ssl);
	BIO_meth_free(c->bio);
	free(c);
}

enum err tls_context_server(struct tls_context **out,
			    const char *certificate_path, const char *key_path,
			    struct why *why)
{
	struct tls_context *c = new_context(TLS_server_method());

	if (!c)
		return ERR_MEMORY;
	SSL_CTX_set_alpn_select_cb(c->ssl, select_alpn, NULL);
	if (SSL_CTX_use_certificate_chain_file(c->ssl, certificate_path) != 1) {
		why_set(why, "%s holds no certificate that can be used.",
			certificate_path);
	} else if (SSL_CTX_use_PrivateKey_file(c->ssl, key_path,
					       SSL_FILETYPE_PEM) != 1 ||
		   SSL_CTX_check_private_key(c->ssl) != 1) {
		why_set(why, "%s does not hold the key of the certificate %s.",
			key_path, certificate_path);
	} else {
		*out = c;
		return OK;
	}
	ERR_clear_error();
	tls_context_free(c);
	return ERR_BAD;
}

/* Replaces the authorities' judgement by the pin's. */
static int check_pin(X509_STORE_CTX *store, void *owner)
{
	struct tls_context *c = owner;
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	unsigned char *spki = NULL;
	uint8_t hash[IDENTITY_PIN_SIZE];
	int len, same = 0;

	len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
	if (len > 0 &&
	    EVP_Digest(spki, (size_t)len, hash, NULL, EVP_sha256(), NULL) == 1)
		same = memcmp(hash, c->pin, sizeof(hash)) == 0;
	OPENSSL_free(spki);
	X509_STORE_CTX_set_error(store,
				 same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
	return same;
}

enum err tls_context_client(struct tls_context **out, const uint8_t *pin,
			    struct why *why)
{
	struct tls_context *c = new_context(TLS_client_method());

	if (!c || SSL_CTX_set_alpn_protos(c->ssl, alpn, ALPN_SIZE) != 0) {
		tls_context_free(c);
		return ERR_MEMORY;
	}
	SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
	if (pin) {
		c->pinned = true;
		memcpy(c->pin, pin, sizeof(c->pin));
		SSL_CTX_set_cert_verify_callback(c->ssl, check_pin, c);
	} else if (SSL_CTX_set_default_verify_paths(c->ssl) != 1) {
		why_set(why, "The system's certificate authorities cannot be "
			     "read: install ca-certificates, or join with a "
			     "URL that has a pin.");
		tls_context_free(c);
		return ERR_MISSING;
	}
	*out = c;
	return OK;
}

/* --- one connection, as a filter --- */

static const char *fault_of_error(const struct tls *t)
{
	unsigned long error = ERR_peek_error();
	int reason = ERR_GET_REASON(error);

	if (SSL_get_verify_result(t->ssl) != X509_V_OK)
		return t->context->pinned
			       ? "the relay's key is not the one in the join "
				 "URL"
			       : "the relay's certificate is not trusted for "
				 "its name";
	if (reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL ||
	    reason == SSL_R_NO_APPLICATION_PROTOCOL)
		return "the peer does not speak Faxwire";
	if (reason == SSL_R_UNSUPPORTED_PROTOCOL ||
	    reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
		return "the peer does not speak TLS 1.3";
	if (reason == SSL_R_WRONG_VERSION_NUMBER ||
	    reason == SSL_R_HTTP_REQUEST)
		return "the peer does not speak TLS";
	if (reason >= SSL_AD_REASON_OFFSET)
		return "the peer ended the TLS handshake";
	return "the peer broke the rules of TLS";
}

static enum filter_status judge(struct tls *t, int result)
{
	switch (SSL_get_error(t->ssl, result)) {
	case SSL_ERROR_NONE:
		return FILTER_OK;
	case SSL_ERROR_WANT_READ:
		return FILTER_MORE;
	case SSL_ERROR_ZERO_RETURN:
		return FILTER_CLOSED;
	default:
		t->fault = fault_of_error(t);
		return FILTER_BROKEN;
	}
}

static bool alpn_agreed(const struct tls *t)
{
	const unsigned char *name;
	unsigned int len;

	SSL_get0_alpn_selected(t->ssl, &name, &len);
	return len == ALPN_SIZE - 1 && memcmp(name, alpn + 1, len) == 0;
}

static void tls_feed(void *self, const uint8_t *bytes, size_t len)
{
	struct tls *t = self;

	assert(t->input_left == 0);
	t->input = bytes;
	t->input_left = len;
}

static enum filter_status tls_open(void *self, struct buf *out)
{
	struct tls *t = self;
	enum filter_status status;

	if (t->opened)
		return FILTER_OK;
	ERR_clear_error();
	t->out = out;
	status = judge(t, SSL_do_handshake(t->ssl));
	t->out = NULL;
	if (status != FILTER_OK)
		return status == FILTER_CLOSED ? FILTER_BROKEN : status;
	if (!alpn_agreed(t)) {
		t->fault = "the peer does not speak Faxwire";
		return FILTER_BROKEN;
	}
	t->opened = true;
	return FILTER_OK;
}

static enum filter_status tls_read(void *self, uint8_t *plain, size_t size,
				   size_t *got, struct buf *out)
{
	struct tls *t = self;
	enum filter_status status;

	*got = 0;
	ERR_clear_error();
	t->out = out;
	status = judge(t, SSL_read_ex(t->ssl, plain, size, got));
	t->out = NULL;
	return status;
}

enum {
	/* A record's header, type and tag, and room for a pending key update
	 * (RFC 8446 sections 5.2 and 4.6.3). */
	RECORD_OVERHEAD = 5 + 1 + 16,
	RECORD_PLAIN = 16384,
	SLACK = 256,
};

static enum err tls_write(void *self, const uint8_t *plain, size_t len,
			  struct buf *out)
{
	struct tls *t = self;
	size_t records = len / RECORD_PLAIN + 1;
	size_t written;
	int done;

	if (len == 0)
		return OK;
	if (buf_room(out) < len + records * RECORD_OVERHEAD + SLACK)
		return ERR_LIMIT;
	ERR_clear_error();
	t->out = out;
	done = SSL_write_ex(t->ssl, plain, len, &written);
	t->out = NULL;
	return done == 1 && written == len ? OK : ERR_CLOSED;
}

static void tls_close(void *self, struct buf *out)
{
	struct tls *t = self;

	ERR_clear_error();
	t->out = out;
	(void)SSL_shutdown(t->ssl); /* says close_notify; waits for nothing */
	t->out = NULL;
}

static const char *tls_fault(void *self)
{
	const struct tls *t = self;

	return t->fault ? t->fault : "no fault";
}

static void tls_free(void *self)
{
	struct tls *t = self;

	SSL_free(t->ssl);
	tls_context_free(t->context);
	free(t);
}

static const struct filter_ops ops = {
	.feed = tls_feed,
	.open = tls_open,
	.read = tls_read,
	.write = tls_write,
	.close = tls_close,
	.fault = tls_fault,
	.free = tls_free,
};

static struct tls *new_tls(struct tls_context *c)
{
	struct tls *t = calloc(1, sizeof(*t));
	BIO *bio;

	if (!t)
		return NULL;
	t->ssl = SSL_new(c->ssl);
	bio = t->ssl ? BIO_new(c->bio) : NULL;
	if (!bio) {
		SSL_free(t->ssl);
		free(t);
		return NULL;
	}
	BIO_set_data(bio, t);
	BIO_set_init(bio, 1);
	SSL_set_bio(t->ssl, bio, bio);
	t->context = c;
	__atomic_add_fetch(&c->holds, 1, __ATOMIC_ACQ_REL);
	return t;
}

enum err tls_server(struct tls_context *c, struct filter *out)
{
	struct tls *t = new_tls(c);

	if (!t)
		return ERR_MEMORY;
	SSL_set_accept_state(t->ssl);
	*out = (struct filter){ &ops, t };
	return OK;
}

/* An address is checked as such; a name also goes into SNI (RFC 6066 section
 * 3 allows names only). */
static bool set_host(SSL *ssl, const char *host)
{
	char name[256]; /* not const in OpenSSL's macro */

	if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1)
		return true;
	ERR_clear_error(); /* it is no address */
	return text_copy(name, sizeof(name), host) &&
	       SSL_set1_host(ssl, name) == 1 &&
	       SSL_set_tlsext_host_name(ssl, name) == 1;
}

enum err tls_client(struct tls_context *c, const char *host, struct filter *out)
{
	struct tls *t = new_tls(c);

	if (!t)
		return ERR_MEMORY;
	SSL_set_connect_state(t->ssl);
	*out = (struct filter){ &ops, t };
	if (set_host(t->ssl, host))
		return OK;
	tls_free(t);
	return ERR_MEMORY;
}

bool tls_exporter(struct filter *f, uint8_t out[TLS_EXPORTER_SIZE])
{
	static const char label[] = "EXPORTER-Channel-Binding";
	struct tls *t = f->self;

	assert(f->ops == &ops);
	return t->opened &&
	       SSL_export_keying_material(t->ssl, out, TLS_EXPORTER_SIZE, label,
					  sizeof(label) - 1,
					  (const unsigned char *)"", 0, 1) == 1;
}
