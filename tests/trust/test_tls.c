/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "home.h"

enum { WIRE_MAX = 1 << 20 };

/* One end: its filter, and what it wants to send. */
struct end {
	struct filter filter;
	struct buf out;
	enum filter_status status;
};

static struct tls_context *server_context, *client_context;
static struct end server, client;
static struct why why;
static uint8_t pin[IDENTITY_PIN_SIZE];

static void begin_end(struct end *e)
{
	buf_init(&e->out, WIRE_MAX);
	e->status = FILTER_MORE;
}

static void finish_end(struct end *e)
{
	if (e->filter.ops)
		e->filter.ops->free(e->filter.self);
	e->filter.ops = NULL;
	buf_fini(&e->out);
}

static void begin(void)
{
	finish_end(&server);
	finish_end(&client);
	begin_end(&server);
	begin_end(&client);
	assert_int_equal(tls_server(server_context, &server.filter), OK);
	assert_int_equal(
		tls_client(client_context, "relay.example", &client.filter),
		OK);
}

static void use_pin(const uint8_t *p)
{
	tls_context_free(client_context);
	client_context = NULL;
	assert_int_equal(tls_context_client(&client_context, p, &why), OK);
}

static int set_up(void **state)
{
	if (home_set_up(state) != 0 ||
	    identity_pin(home("cert.pem"), pin, &why) != OK ||
	    tls_context_server(&server_context, home("cert.pem"),
			       home("key.pem"), &why) != OK)
		return -1;
	use_pin(pin);
	begin();
	return 0;
}

static int tear_down(void **state)
{
	finish_end(&server);
	finish_end(&client);
	tls_context_free(server_context);
	tls_context_free(client_context);
	server_context = client_context = NULL;
	return home_tear_down(state);
}

static void feed(struct end *e, const uint8_t *bytes, size_t len)
{
	e->filter.ops->feed(e->filter.self, bytes, len);
	e->status = e->filter.ops->open(e->filter.self, &e->out);
}

/* Moves what `from` has said to `to`, at most `piece` octets at a time. */
static bool move(struct end *from, struct end *to, size_t piece)
{
	size_t n = buf_length(&from->out);
	uint8_t bytes[4096];

	if (n == 0 || to->status != FILTER_MORE)
		return false;
	if (n > piece)
		n = piece;
	if (n > sizeof(bytes))
		n = sizeof(bytes);
	memcpy(bytes, buf_front(&from->out), n);
	buf_consume(&from->out, n);
	feed(to, bytes, n);
	return true;
}

static void shake_hands(size_t piece)
{
	client.status =
		client.filter.ops->open(client.filter.self, &client.out);
	while (move(&client, &server, piece) || move(&server, &client, piece))
		;
}

static const char *fault(struct end *e)
{
	return e->filter.ops->fault(e->filter.self);
}

/* Says `text` from one end to the other, `piece` octets at a time. */
static void say(struct end *from, struct end *to, const uint8_t *text,
		size_t len, size_t piece)
{
	static uint8_t heard[100000];
	size_t total = 0, got;

	assert_int_equal(from->filter.ops->write(from->filter.self, text, len,
						 &from->out),
			 OK);
	while (buf_length(&from->out) > 0) {
		size_t n = buf_length(&from->out);
		uint8_t bytes[4096];

		n = n > piece ? piece : n;
		n = n > sizeof(bytes) ? sizeof(bytes) : n;
		memcpy(bytes, buf_front(&from->out), n);
		buf_consume(&from->out, n);
		to->filter.ops->feed(to->filter.self, bytes, n);
		while (to->filter.ops->read(to->filter.self, heard + total,
					    sizeof(heard) - total, &got,
					    &to->out) == FILTER_OK)
			total += got;
	}
	assert_int_equal(total, len);
	assert_memory_equal(heard, text, len);
}

static void hands_are_shaken_in_pieces_of_every_size(void **state)
{
	uint8_t one[TLS_EXPORTER_SIZE], two[TLS_EXPORTER_SIZE];

	(void)state;
	for (size_t piece = 1; piece < 1500; piece += 1 + piece / 8) {
		begin();
		assert_false(tls_exporter(&client.filter, one));
		shake_hands(piece);
		assert_int_equal(client.status, FILTER_OK);
		assert_int_equal(server.status, FILTER_OK);
		assert_true(tls_exporter(&client.filter, one));
		assert_true(tls_exporter(&server.filter, two));
		assert_memory_equal(one, two, sizeof(one));
		say(&client, &server, (const uint8_t *)"hello", 5, piece);
		say(&server, &client, (const uint8_t *)"you", 3, piece);
	}
}

static void each_connection_has_a_binding_of_its_own(void **state)
{
	uint8_t one[TLS_EXPORTER_SIZE], two[TLS_EXPORTER_SIZE];

	(void)state;
	shake_hands(WIRE_MAX);
	assert_true(tls_exporter(&client.filter, one));
	begin();
	shake_hands(WIRE_MAX);
	assert_true(tls_exporter(&client.filter, two));
	assert_memory_not_equal(one, two, sizeof(one));
}

static void much_goes_through(void **state)
{
	static uint8_t text[70000];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 31 >> 3);
	shake_hands(WIRE_MAX);
	say(&client, &server, text, sizeof(text), 1000);
	say(&server, &client, text, 16384, 4096);
	say(&server, &client, text, 16385, 4096);
	say(&client, &server, text, 1, 1);
}

static void what_does_not_fit_is_not_taken_in_part(void **state)
{
	static const uint8_t text[16384];
	struct buf small;

	(void)state;
	shake_hands(WIRE_MAX);
	buf_init(&small, 16384);
	assert_int_equal(client.filter.ops->write(client.filter.self, text,
						  sizeof(text), &small),
			 ERR_LIMIT);
	assert_int_equal(buf_length(&small), 0);
	buf_fini(&small);
	say(&client, &server, text, sizeof(text), 4096); /* as if untried */
}

static void a_wrong_pin_is_noticed(void **state)
{
	(void)state;
	for (int bit = 0; bit < 256; bit += 51) {
		pin[bit / 8] ^= (uint8_t)(1 << bit % 8);
		use_pin(pin);
		begin();
		shake_hands(WIRE_MAX);
		assert_int_equal(client.status, FILTER_BROKEN);
		assert_non_null(strstr(fault(&client), "join URL"));
		assert_int_not_equal(server.status, FILTER_OK);
		pin[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void a_certificate_that_nobody_vouches_for_needs_a_pin(void **state)
{
	(void)state;
	use_pin(NULL);
	begin();
	shake_hands(WIRE_MAX);
	assert_int_equal(client.status, FILTER_BROKEN);
	assert_non_null(strstr(fault(&client), "not trusted"));
}

/* A plain client of the library, set by the test. */
static void meet_stranger(int version, const char *alpn)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	BIO *to = BIO_new(BIO_s_mem()), *from = BIO_new(BIO_s_mem());
	SSL *ssl = SSL_new(context);
	uint8_t bytes[4096];
	int n;

	SSL_set_min_proto_version(ssl, version);
	SSL_set_max_proto_version(ssl, version);
	if (alpn)
		SSL_set_alpn_protos(ssl, (const uint8_t *)alpn,
				    (unsigned)strlen(alpn));
	SSL_set_bio(ssl, from, to);
	SSL_set_connect_state(ssl);
	for (int i = 0; i < 8 && server.status == FILTER_MORE; i++) {
		(void)SSL_do_handshake(ssl);
		while ((n = BIO_read(to, bytes, sizeof(bytes))) > 0 &&
		       server.status == FILTER_MORE)
			feed(&server, bytes, (size_t)n);
		BIO_write(from, buf_front(&server.out),
			  (int)buf_length(&server.out));
		buf_consume(&server.out, buf_length(&server.out));
	}
	SSL_free(ssl);
	SSL_CTX_free(context);
}

static void a_stranger_that_does_all_right_gets_in(void **state)
{
	(void)state;
	meet_stranger(TLS1_3_VERSION, "\x09"
				      "faxwire/1");
	assert_int_equal(server.status, FILTER_OK);
}

static void other_words_than_ours_are_refused(void **state)
{
	(void)state;
	meet_stranger(TLS1_3_VERSION, "\x02h2\x08http/1.1");
	assert_int_equal(server.status, FILTER_BROKEN);
	assert_string_equal(fault(&server), "the peer does not speak Faxwire");
	begin();
	meet_stranger(TLS1_3_VERSION, NULL); /* none at all */
	assert_int_equal(server.status, FILTER_BROKEN);
}

static void an_older_version_is_refused(void **state)
{
	(void)state;
	meet_stranger(TLS1_2_VERSION, "\x09"
				      "faxwire/1");
	assert_int_equal(server.status, FILTER_BROKEN);
	assert_string_equal(fault(&server), "the peer does not speak TLS 1.3");
}

static void what_is_no_tls_is_refused(void **state)
{
	static const char *const words[] = { "GET / HTTP/1.1\r\n\r\n",
					     "SSH-2.0-x\r\n",
					     "\x16\x03\x01\xff\xff\x01" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		begin();
		feed(&server, (const uint8_t *)words[i], strlen(words[i]));
		assert_int_equal(server.status, FILTER_BROKEN);
	}
}

/* Changes octet `at` of everything the client or the server says. */
static bool shake_hands_garbled(size_t at, bool by_server)
{
	size_t seen = 0;

	begin();
	client.status =
		client.filter.ops->open(client.filter.self, &client.out);
	for (int i = 0; i < 8; i++) {
		struct end *from = i % 2 ? &server : &client;
		struct end *to = i % 2 ? &client : &server;
		uint8_t bytes[8192];
		size_t n = buf_length(&from->out);

		if (n == 0 || to->status != FILTER_MORE)
			continue;
		assert_true(n <= sizeof(bytes));
		memcpy(bytes, buf_front(&from->out), n);
		buf_consume(&from->out, n);
		if ((i % 2) == by_server) {
			if (at >= seen && at < seen + n)
				bytes[at - seen] ^= 0x20;
			seen += n;
		}
		feed(to, bytes, n);
	}
	return client.status == FILTER_OK && server.status == FILTER_OK &&
	       at < seen;
}

static void every_garbled_octet_is_noticed(void **state)
{
	size_t passed = 0;

	(void)state;
	for (int by_server = 0; by_server < 2; by_server++)
		for (size_t at = 0; at < 900; at += by_server ? 3 : 1)
			passed += shake_hands_garbled(at, by_server);
	/* RFC 8446 section 5.1: legacy_record_version is to be ignored. */
	assert_in_range(passed, 0, 2);
}

static void garbled_data_is_noticed(void **state)
{
	uint8_t bytes[200], plain[200];
	size_t got;

	(void)state;
	shake_hands(WIRE_MAX);
	assert_int_equal(client.filter.ops->write(client.filter.self,
						  (const uint8_t *)"secret", 6,
						  &client.out),
			 OK);
	got = buf_length(&client.out);
	memcpy(bytes, buf_front(&client.out), got);
	bytes[got - 1] ^= 1;
	server.filter.ops->feed(server.filter.self, bytes, got);
	assert_int_equal(server.filter.ops->read(server.filter.self, plain,
						 sizeof(plain), &got,
						 &server.out),
			 FILTER_BROKEN);
}

static void a_goodbye_is_heard_and_nothing_is_sent_in_clear(void **state)
{
	uint8_t plain[16], bytes[200];
	size_t got, n;

	(void)state;
	shake_hands(WIRE_MAX);
	client.filter.ops->close(client.filter.self, &client.out);
	n = buf_length(&client.out);
	assert_in_range(n, 1, sizeof(bytes));
	memcpy(bytes, buf_front(&client.out), n);
	server.filter.ops->feed(server.filter.self, bytes, n);
	assert_int_equal(server.filter.ops->read(server.filter.self, plain,
						 sizeof(plain), &got,
						 &server.out),
			 FILTER_CLOSED);
}

static void connections_outlive_their_context(void **state)
{
	(void)state;
	tls_context_free(server_context);
	tls_context_free(client_context);
	server_context = client_context = NULL;
	shake_hands(7);
	assert_int_equal(client.status, FILTER_OK);
	say(&client, &server, (const uint8_t *)"hello", 5, 3);
}

static void files_that_do_not_fit_are_named(void **state)
{
	struct tls_context *none;

	(void)state;
	assert_int_equal(identity_make(home("2c.pem"), home("2k.pem"), &why),
			 OK);
	assert_int_equal(tls_context_server(&none, home("cert.pem"),
					    home("2k.pem"), &why),
			 ERR_BAD);
	assert_non_null(strstr(why.text, "2k.pem"));
	assert_int_equal(tls_context_server(&none, home("key.pem"),
					    home("key.pem"), &why),
			 ERR_BAD);
	assert_int_equal(
		tls_context_server(&none, home("no"), home("key.pem"), &why),
		ERR_BAD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hands_are_shaken_in_pieces_of_every_size),
		TEST(each_connection_has_a_binding_of_its_own),
		TEST(much_goes_through),
		TEST(what_does_not_fit_is_not_taken_in_part),
		TEST(a_wrong_pin_is_noticed),
		TEST(a_certificate_that_nobody_vouches_for_needs_a_pin),
		TEST(a_stranger_that_does_all_right_gets_in),
		TEST(other_words_than_ours_are_refused),
		TEST(an_older_version_is_refused),
		TEST(what_is_no_tls_is_refused),
		TEST(every_garbled_octet_is_noticed),
		TEST(garbled_data_is_noticed),
		TEST(a_goodbye_is_heard_and_nothing_is_sent_in_clear),
		TEST(connections_outlive_their_context),
		TEST(files_that_do_not_fit_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
