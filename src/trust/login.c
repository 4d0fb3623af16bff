/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsasl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/text.h"

/* A server that asks for more would only burn our time (DoS, RFC 7677 has no
 * upper bound). */
enum { ITERATIONS_MAX = 1000000 };

struct login {
	Gsasl *sasl; /* own context: the callback finds the login by it */
	Gsasl_session *session;
	bool server;
	bool over;
	bool wrong_user; /* server: SCRAM named another than AUTH did */
	char user[64];
	struct login_keys keys;	     /* server */
	struct login_secret *secret; /* client; borrowed */
	uint8_t binding[TLS_EXPORTER_SIZE];
};

/* --- keys --- */

static bool hmac(const uint8_t *key, size_t key_len, const void *text,
		 size_t len, uint8_t out[LOGIN_KEY_SIZE])
{
	unsigned int size = LOGIN_KEY_SIZE;

	return HMAC(EVP_sha256(), key, (int)key_len, text, len, out, &size) &&
	       size == LOGIN_KEY_SIZE;
}

static bool salt_password(const char *secret, const uint8_t *salt,
			  size_t salt_len, uint32_t iterations,
			  uint8_t out[LOGIN_KEY_SIZE])
{
	return PKCS5_PBKDF2_HMAC(secret, (int)strlen(secret), salt,
				 (int)salt_len, (int)iterations, EVP_sha256(),
				 LOGIN_KEY_SIZE, out) == 1;
}

/* RFC 5802 section 3: ClientKey, StoredKey, ServerKey. */
static bool keys_of(const uint8_t salted[LOGIN_KEY_SIZE],
		    struct login_keys *keys)
{
	uint8_t client_key[LOGIN_KEY_SIZE];
	bool good =
		hmac(salted, LOGIN_KEY_SIZE, "Client Key", 10, client_key) &&
		hmac(salted, LOGIN_KEY_SIZE, "Server Key", 10,
		     keys->server_key) &&
		EVP_Digest(client_key, LOGIN_KEY_SIZE, keys->stored_key, NULL,
			   EVP_sha256(), NULL) == 1;

	OPENSSL_cleanse(client_key, sizeof(client_key));
	return good;
}

enum err login_keys_make(const char *secret,
			 const uint8_t salt[LOGIN_SALT_SIZE],
			 struct login_keys *keys)
{
	uint8_t salted[LOGIN_KEY_SIZE];
	bool good;

	memcpy(keys->salt, salt, LOGIN_SALT_SIZE);
	keys->iterations = LOGIN_ITERATIONS;
	good = salt_password(secret, salt, LOGIN_SALT_SIZE, LOGIN_ITERATIONS,
			     salted) &&
	       keys_of(salted, keys);
	OPENSSL_cleanse(salted, sizeof(salted));
	return good ? OK : ERR_MEMORY;
}

enum err login_keys_false(const uint8_t server_secret[32], const char *user,
			  struct login_keys *keys)
{
	char text[80];
	uint8_t salt[LOGIN_KEY_SIZE];

	snprintf(text, sizeof(text), "salt of %s", user);
	if (!hmac(server_secret, 32, text, strlen(text), salt))
		return ERR_MEMORY;
	memcpy(keys->salt, salt, LOGIN_SALT_SIZE);
	keys->iterations = LOGIN_ITERATIONS;
	snprintf(text, sizeof(text), "stored key of %s", user);
	if (!hmac(server_secret, 32, text, strlen(text), keys->stored_key))
		return ERR_MEMORY;
	snprintf(text, sizeof(text), "server key of %s", user);
	return hmac(server_secret, 32, text, strlen(text), keys->server_key)
		       ? OK
		       : ERR_MEMORY;
}

enum err login_secret_make(char out[LOGIN_SECRET_SIZE])
{
	uint8_t bytes[20];

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return ERR_IO;
	text_to_base64(bytes, sizeof(bytes), out);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return OK;
}

/* --- what GNU SASL asks for --- */

static int set_base64(Gsasl_session *session, Gsasl_property property,
		      const uint8_t *bytes, size_t len)
{
	char *text = NULL;
	int result = gsasl_base64_to((const char *)bytes, len, &text, NULL);

	if (result == GSASL_OK)
		result = gsasl_property_set(session, property, text);
	gsasl_free(text);
	return result;
}

static int set_hex(Gsasl_session *session, Gsasl_property property,
		   const uint8_t key[LOGIN_KEY_SIZE])
{
	char hex[2 * LOGIN_KEY_SIZE + 1];
	int result;

	text_to_hex(key, LOGIN_KEY_SIZE, hex);
	result = gsasl_property_set(session, property, hex);
	OPENSSL_cleanse(hex, sizeof(hex));
	return result;
}

static int set_iterations(Gsasl_session *session, uint32_t iterations)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", iterations);
	return gsasl_property_set(session, GSASL_SCRAM_ITER, text);
}

/* The client has heard salt and iterations: derives, or remembers. */
static int set_salted_password(struct login *l, Gsasl_session *session)
{
	const char *iterations = gsasl_property_fast(session, GSASL_SCRAM_ITER);
	const char *salt64 = gsasl_property_fast(session, GSASL_SCRAM_SALT);
	struct login_secret *s = l->secret;
	char *salt = NULL;
	size_t len = 0;
	int64_t n;

	if (!iterations || !salt64 ||
	    !text_to_number(iterations, LOGIN_ITERATIONS, ITERATIONS_MAX, &n) ||
	    gsasl_base64_from(salt64, strlen(salt64), &salt, &len) != GSASL_OK)
		return GSASL_AUTHENTICATION_ERROR;
	if (len == 0 || len > sizeof(s->salt)) {
		gsasl_free(salt);
		return GSASL_AUTHENTICATION_ERROR;
	}
	if (s->salt_length != len || memcmp(s->salt, salt, len) != 0 ||
	    s->iterations != n) {
		s->salt_length = 0;
		memcpy(s->salt, salt, len);
		s->iterations = (uint32_t)n;
		if (salt_password(s->text, s->salt, len, s->iterations,
				  s->salted))
			s->salt_length = len;
	}
	gsasl_free(salt);
	if (s->salt_length == 0)
		return GSASL_AUTHENTICATION_ERROR;
	return set_hex(session, GSASL_SCRAM_SALTED_PASSWORD, s->salted);
}

static int answer_client(struct login *l, Gsasl_session *session,
			 Gsasl_property property)
{
	if (property == GSASL_AUTHID)
		return gsasl_property_set(session, property, l->user);
	if (property == GSASL_SCRAM_SALTED_PASSWORD)
		return set_salted_password(l, session);
	return GSASL_NO_CALLBACK;
}

/* To refuse here is not enough: without an answer the library goes on with
 * a count of its own. */
static int check_user(struct login *l, Gsasl_session *session)
{
	const char *said = gsasl_property_fast(session, GSASL_AUTHID);

	l->wrong_user = !said || strcmp(said, l->user) != 0;
	return set_iterations(session, l->keys.iterations);
}

static int answer_server(struct login *l, Gsasl_session *session,
			 Gsasl_property property)
{
	if (property == GSASL_SCRAM_ITER)
		return check_user(l, session);
	if (property == GSASL_SCRAM_SALT)
		return set_base64(session, property, l->keys.salt,
				  LOGIN_SALT_SIZE);
	/* The library's header says hexadecimal; its code reads base64. */
	if (property == GSASL_SCRAM_STOREDKEY)
		return set_base64(session, property, l->keys.stored_key,
				  LOGIN_KEY_SIZE);
	if (property == GSASL_SCRAM_SERVERKEY)
		return set_base64(session, property, l->keys.server_key,
				  LOGIN_KEY_SIZE);
	return GSASL_NO_CALLBACK;
}

static int answer(Gsasl *sasl, Gsasl_session *session, Gsasl_property property)
{
	struct login *l = gsasl_callback_hook_get(sasl);

	if (property == GSASL_CB_TLS_EXPORTER)
		return set_base64(session, property, l->binding,
				  TLS_EXPORTER_SIZE);
	return l->server ? answer_server(l, session, property)
			 : answer_client(l, session, property);
}

/* --- one login --- */

static struct login *new_login(const char *user, bool server,
			       const uint8_t binding[TLS_EXPORTER_SIZE])
{
	struct login *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->server = server;
	memcpy(l->binding, binding, TLS_EXPORTER_SIZE);
	if (!text_copy(l->user, sizeof(l->user), user) ||
	    gsasl_init(&l->sasl) != GSASL_OK) {
		free(l);
		return NULL;
	}
	gsasl_callback_set(l->sasl, answer);
	gsasl_callback_hook_set(l->sasl, l);
	return l;
}

struct login *login_server_new(const char *user, const struct login_keys *keys,
			       const uint8_t binding[TLS_EXPORTER_SIZE])
{
	struct login *l = new_login(user, true, binding);

	if (!l)
		return NULL;
	l->keys = *keys;
	if (gsasl_server_start(l->sasl, LOGIN_MECHANISM, &l->session) ==
	    GSASL_OK)
		return l;
	login_free(l);
	return NULL;
}

struct login *login_client_new(const char *user, struct login_secret *secret,
			       const uint8_t binding[TLS_EXPORTER_SIZE])
{
	struct login *l = new_login(user, false, binding);

	if (!l)
		return NULL;
	l->secret = secret;
	if (gsasl_client_start(l->sasl, LOGIN_MECHANISM, &l->session) ==
	    GSASL_OK)
		return l;
	login_free(l);
	return NULL;
}

static enum login_status judge(struct login *l, int result)
{
	if (l->wrong_user)
		result = GSASL_AUTHENTICATION_ERROR;
	if (result == GSASL_NEEDS_MORE)
		return LOGIN_MORE;
	l->over = true;
	return result == GSASL_OK ? LOGIN_OK : LOGIN_REFUSED;
}

enum login_status login_step(struct login *l, const uint8_t *in, size_t len,
			     struct login_out *out)
{
	char *said = NULL;
	size_t said_len = 0;
	enum login_status status;

	out->length = 0;
	if (l->over || len > LOGIN_MESSAGE_MAX)
		return LOGIN_REFUSED;
	/* SCRAM's words are text; a NUL in them would hide what follows. */
	if (len > 0 && memchr(in, 0, len)) {
		l->over = true;
		return LOGIN_REFUSED;
	}
	status = judge(l, gsasl_step(l->session, (const char *)in, len, &said,
				     &said_len));
	if (status != LOGIN_REFUSED && said_len <= sizeof(out->bytes)) {
		if (said_len > 0)
			memcpy(out->bytes, said, said_len);
		out->length = said_len;
	} else if (status != LOGIN_REFUSED) {
		l->over = true;
		status = LOGIN_REFUSED;
	}
	gsasl_free(said);
	return status;
}

void login_free(struct login *l)
{
	if (!l)
		return;
	if (l->session)
		gsasl_finish(l->session);
	gsasl_done(l->sasl);
	OPENSSL_cleanse(&l->keys, sizeof(l->keys));
	free(l);
}
