-- Sums by team, user, credential and tag as well, and of the time to the first content. `dimension` says of what a sum
-- tells: '' of each mixture of names, the others of nothing but their own, so that most questions need few of them.

CREATE TABLE wider_sums (
    period TEXT NOT NULL,
    dimension TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    principal TEXT NOT NULL,
    team TEXT NOT NULL,
    user TEXT NOT NULL,
    route TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    credential TEXT NOT NULL,
    tag TEXT NOT NULL,
    exchanges INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    interrupted INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    input INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write_5m INTEGER NOT NULL,
    cache_write_1h INTEGER NOT NULL,
    input_audio INTEGER NOT NULL,
    input_image INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    output_audio INTEGER NOT NULL,
    output_image INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    first_contents INTEGER NOT NULL,
    first_content_us INTEGER NOT NULL,
    PRIMARY KEY (period, dimension, start_ms, principal, team, user, route, provider, model, credential, tag)
) WITHOUT ROWID;

INSERT INTO wider_sums
SELECT
    period, '', start_ms, principal, '', '', route, provider, model, '', '', sum(exchanges), sum(failed),
    sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input), sum(cache_read),
    sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output), sum(reasoning),
    sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us), 0, 0
FROM sums
GROUP BY period, start_ms, principal, route, provider, model;

INSERT INTO wider_sums
SELECT
    period, 'key', start_ms, principal, '', '', '', '', '', '', '', sum(exchanges), sum(failed), sum(cancelled),
    sum(interrupted), sum(estimated), sum(unpriced), sum(input), sum(cache_read), sum(cache_write_5m),
    sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output), sum(reasoning), sum(output_audio),
    sum(output_image), sum(cost_nanodollars), sum(duration_us), 0, 0
FROM sums
GROUP BY period, start_ms, principal;

INSERT INTO wider_sums
SELECT
    period, 'route', start_ms, '', '', '', route, '', '', '', '', sum(exchanges), sum(failed), sum(cancelled),
    sum(interrupted), sum(estimated), sum(unpriced), sum(input), sum(cache_read), sum(cache_write_5m),
    sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output), sum(reasoning), sum(output_audio),
    sum(output_image), sum(cost_nanodollars), sum(duration_us), 0, 0
FROM sums
GROUP BY period, start_ms, route;

INSERT INTO wider_sums
SELECT
    period, 'model', start_ms, '', '', '', '', provider, model, '', '', sum(exchanges), sum(failed),
    sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input), sum(cache_read),
    sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output), sum(reasoning),
    sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us), 0, 0
FROM sums
GROUP BY period, start_ms, provider, model;

INSERT INTO wider_sums
SELECT
    period, 'credential', start_ms, '', '', '', '', provider, '', '', '', sum(exchanges), sum(failed),
    sum(cancelled), sum(interrupted), sum(estimated), sum(unpriced), sum(input), sum(cache_read),
    sum(cache_write_5m), sum(cache_write_1h), sum(input_audio), sum(input_image), sum(output), sum(reasoning),
    sum(output_audio), sum(output_image), sum(cost_nanodollars), sum(duration_us), 0, 0
FROM sums
GROUP BY period, start_ms, provider;

DROP TABLE sums;

ALTER TABLE wider_sums RENAME TO sums;
