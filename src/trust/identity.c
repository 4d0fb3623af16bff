/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

static X509 *self_sign(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name;
	uint64_t serial;

	if (!x || RAND_bytes((uint8_t *)&serial, sizeof(serial)) != 1)
		goto fail;
	serial &= INT64_MAX; /* RFC 5280 section 4.1.2.2: positive */
	name = X509_get_subject_name(x);
	if (ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial) != 1 ||
	    X509_set_version(x, X509_VERSION_3) != 1 ||
	    !X509_gmtime_adj(X509_getm_notBefore(x), -24L * 3600) ||
	    !X509_time_adj_ex(X509_getm_notAfter(x), 365 * IDENTITY_YEARS, 0,
			      NULL) ||
	    X509_set_pubkey(x, key) != 1 ||
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				       (const unsigned char *)"faxwire", -1, -1,
				       0) != 1 ||
	    X509_set_issuer_name(x, name) != 1 ||
	    X509_sign(x, key, EVP_sha256()) == 0)
		goto fail;
	return x;
fail:
	X509_free(x);
	return NULL;
}

/* Opens a temporary file beside `path`, for the caller to rename. */
static FILE *open_beside(const char *path, char *tmp, size_t size, mode_t mode)
{
	FILE *file;
	int fd;

	if (snprintf(tmp, size, "%s.tmp", path) >= (int)size) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return NULL;
	file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

static bool finish_file(FILE *file, bool written)
{
	bool good = written && fflush(file) == 0 && fsync(fileno(file)) == 0;

	return fclose(file) == 0 && good;
}

static enum err cannot(struct why *why, const char *path)
{
	why_set(why, "Cannot write %s: %s.", path, strerror(errno));
	return err_from_errno(errno);
}

enum err identity_make(const char *certificate_path, const char *key_path,
		       struct why *why)
{
	char key_tmp[4200], certificate_tmp[4200];
	EVP_PKEY *key = NULL;
	X509 *x = NULL;
	enum err e = ERR_MEMORY;
	FILE *file;

	if (access(certificate_path, F_OK) == 0 ||
	    access(key_path, F_OK) == 0) {
		why_set(why, "%s or %s is there already.", certificate_path,
			key_path);
		return ERR_EXISTS;
	}
	key = EVP_EC_gen("P-256");
	x = key ? self_sign(key) : NULL;
	if (!x)
		goto out;
	file = open_beside(key_path, key_tmp, sizeof(key_tmp), 0600);
	if (!file ||
	    !finish_file(file, PEM_write_PrivateKey(file, key, NULL, NULL, 0,
						    NULL, NULL) == 1)) {
		e = cannot(why, key_path);
		goto out;
	}
	file = open_beside(certificate_path, certificate_tmp,
			   sizeof(certificate_tmp), 0644);
	if (!file || !finish_file(file, PEM_write_X509(file, x) == 1)) {
		e = cannot(why, certificate_path);
		unlink(key_tmp);
		goto out;
	}
	/* The certificate last: where it is, the key is too. */
	e = OK;
	if (rename(key_tmp, key_path) != 0 ||
	    rename(certificate_tmp, certificate_path) != 0) {
		e = cannot(why, certificate_path);
		unlink(key_tmp);
		unlink(key_path);
		unlink(certificate_tmp);
	}
out:
	X509_free(x);
	EVP_PKEY_free(key);
	return e;
}

enum err identity_pin(const char *certificate_path,
		      uint8_t pin[IDENTITY_PIN_SIZE], struct why *why)
{
	FILE *file = fopen(certificate_path, "re");
	unsigned char *spki = NULL;
	enum err e = ERR_BAD;
	X509 *x;
	int len = 0;

	if (!file) {
		why_set(why, "Cannot read %s: %s.", certificate_path,
			strerror(errno));
		return err_from_errno(errno);
	}
	x = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	if (x)
		len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
	if (len > 0 &&
	    EVP_Digest(spki, (size_t)len, pin, NULL, EVP_sha256(), NULL) == 1)
		e = OK;
	else
		why_set(why, "%s holds no certificate.", certificate_path);
	OPENSSL_free(spki);
	X509_free(x);
	return e;
}
