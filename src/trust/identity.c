/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/identity.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

enum { PATH_SIZE = 4200 };

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

static bool sync_folder(const char *path)
{
	char copy[PATH_SIZE];
	bool good;
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return false;
	good = fsync(fd) == 0;
	close(fd);
	return good;
}

/* Writes what `write` says, whole or not at all. */
static enum err put(const char *path, mode_t mode,
		    bool (*write)(FILE *file, void *what), void *what,
		    struct why *why)
{
	char tmp[PATH_SIZE];
	FILE *file = open_beside(path, tmp, sizeof(tmp), mode);
	enum err e;

	if (!file)
		return cannot(why, path);
	if (finish_file(file, write(file, what)) && rename(tmp, path) == 0 &&
	    sync_folder(path))
		return OK;
	e = cannot(why, path);
	unlink(tmp);
	return e;
}

static bool write_key(FILE *file, void *key)
{
	return PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
}

static bool write_certificate(FILE *file, void *certificate)
{
	return PEM_write_X509(file, certificate) == 1;
}

/* A key that is there is used: a certificate was to be made for it when
 * something was cut off, or its owner brought it. */
static enum err find_key(const char *path, EVP_PKEY **key, struct why *why)
{
	FILE *file = fopen(path, "re");

	if (file) {
		*key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
		if (*key)
			return OK;
		why_set(why, "%s holds no key that can be used: move it away.",
			path);
		return ERR_BAD;
	}
	if (errno != ENOENT)
		return cannot(why, path);
	*key = EVP_EC_gen("P-256");
	return *key ? put(path, 0600, write_key, *key, why) : ERR_MEMORY;
}

enum err identity_make(const char *certificate_path, const char *key_path,
		       struct why *why)
{
	EVP_PKEY *key = NULL;
	X509 *x;
	enum err e;

	if (access(certificate_path, F_OK) == 0) {
		why_set(why, "%s is there already.", certificate_path);
		return ERR_EXISTS;
	}
	e = find_key(key_path, &key, why);
	if (e != OK) {
		EVP_PKEY_free(key);
		return e;
	}
	x = self_sign(key);
	e = x ? put(certificate_path, 0644, write_certificate, x, why)
	      : ERR_MEMORY;
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
