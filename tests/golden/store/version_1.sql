PRAGMA application_id = 1396789844;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
CREATE TABLE article (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- ours alone; never used twice, so that no row can point to another's heir
        id TEXT NOT NULL UNIQUE,
        url TEXT, title TEXT NOT NULL, body TEXT NOT NULL, source TEXT, author TEXT,
        published TEXT, published_precision TEXT NOT NULL, published_origin TEXT NOT NULL,
        tags TEXT NOT NULL, lang TEXT, role TEXT NOT NULL, seen_on TEXT NOT NULL,  -- tags and seen_on as JSON
        checksum BLOB NOT NULL,   -- sha256 of the columns above, for `check`
        given BLOB,               -- of an article that came with its id: checksum of what came; null for one of our ids
        captured TEXT,            -- when the page was saved that the text was last taken from
        content BLOB NOT NULL,    -- sha256 of the words of title and body
        url_key TEXT,             -- the canonical URL of a main article
        source_key TEXT           -- the source as compared
    );
INSERT INTO "article" VALUES(1,'43syahcbvn2qktgs','https://www.a.example/ferry','Council delays the harbor ferry again','The council has delayed the ferry to the islands once more, because the new ramp at the harbor is not yet finished. The engineer in charge said that the steel for it came late, and that the storms of the winter had washed away part of the old pier. Passengers will have to take the bus over the bridge, and tickets that were bought stay valid.','Harbor Post',NULL,'2025-05-27','day','absolute','["ferry", "islands"]',NULL,'main','["/pages/cut.html", "/pages/ferry.html"]',X'868C16C8064AFBE93E7E89542B05A785939894B0C71D3E8FB0DEE1B32ED181E4',NULL,'2025-05-27T00:00:00Z',X'FF3BC29A6BDB867B6DCCFB628A3A57B27D9D4A28B96C84F76D190C3D471296BF','a.example/ferry','harbor post');
INSERT INTO "article" VALUES(2,'own-1',NULL,'A new market opens on the square – “Saturdays”','Farmers sell apples and bread there on Saturdays. Farmers sell apples and bread there on Saturdays. Farmers sell apples and bread there on Saturdays. Farmers sell apples and bread there on Saturdays. Cheese too.',NULL,'A. Author',NULL,'unknown','unknown','[]','en','main','[]',X'CD088BB664F540E979EAE6ECE44DA5EE73D7C4464B3EF16E93EC93A631417923',X'CD088BB664F540E979EAE6ECE44DA5EE73D7C4464B3EF16E93EC93A631417923',NULL,X'DE87DB40AE6332D4FB32A09050643FF4023A1E49D81F7542A2BC9C86218D6188',NULL,NULL);
CREATE TABLE change (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        article_id TEXT NOT NULL UNIQUE,
        deleted INTEGER NOT NULL
    );
INSERT INTO "change" VALUES(4,'43syahcbvn2qktgs',0);
INSERT INTO "change" VALUES(5,'own-1',0);
INSERT INTO "change" VALUES(6,'own-2',1);
CREATE TABLE page (
        number INTEGER PRIMARY KEY,
        path TEXT NOT NULL UNIQUE
    );
INSERT INTO "page" VALUES(1,'/pages/ferry.html');
INSERT INTO "page" VALUES(2,'/pages/news.jsonl');
CREATE TABLE reading (
        page INTEGER NOT NULL REFERENCES page (number),
        line INTEGER NOT NULL,
        digest TEXT NOT NULL,
        captured TEXT,
        articles TEXT NOT NULL,   -- ids, as JSON
        PRIMARY KEY (page, line, digest)
    ) WITHOUT ROWID;
INSERT INTO "reading" VALUES(1,0,'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd','2025-05-27T00:00:00Z','["43syahcbvn2qktgs"]');
INSERT INTO "reading" VALUES(2,1,'a3d94618284ecbc906e3573ba4bdbd45473538dc62d476817fdf8fc887666c55',NULL,'["own-1"]');
INSERT INTO "reading" VALUES(2,2,'c7173e4cb43c49b2d95f92df514a49ccb35593291bf7e3b69b09c56215a31c2c',NULL,'["own-2"]');
CREATE TABLE sketch (
        key INTEGER NOT NULL,
        article INTEGER NOT NULL,
        PRIMARY KEY (key, article)
    ) WITHOUT ROWID;
INSERT INTO "sketch" VALUES(64660396229127886,1);
INSERT INTO "sketch" VALUES(81338531677933568,1);
INSERT INTO "sketch" VALUES(228351890496048004,1);
INSERT INTO "sketch" VALUES(322484879959781762,1);
INSERT INTO "sketch" VALUES(335344388563394211,1);
INSERT INTO "sketch" VALUES(613190474058717609,1);
INSERT INTO "sketch" VALUES(1074900052128459207,1);
INSERT INTO "sketch" VALUES(1187522781428784764,1);
INSERT INTO "sketch" VALUES(1211996178167096186,1);
INSERT INTO "sketch" VALUES(1401825047714678630,1);
INSERT INTO "sketch" VALUES(1496069605689387187,1);
INSERT INTO "sketch" VALUES(1507161430369723613,1);
INSERT INTO "sketch" VALUES(1539231087007862069,1);
INSERT INTO "sketch" VALUES(1555621328444263392,1);
INSERT INTO "sketch" VALUES(1765569711032289018,1);
INSERT INTO "sketch" VALUES(2155078778145933654,1);
INSERT INTO "sketch" VALUES(2169309895658121274,1);
INSERT INTO "sketch" VALUES(2532217005268751521,1);
INSERT INTO "sketch" VALUES(4365683943312948825,2);
INSERT INTO "sketch" VALUES(4375307792328490666,2);
CREATE TABLE variant (
        content BLOB PRIMARY KEY,
        article INTEGER NOT NULL REFERENCES article (number) ON DELETE CASCADE
    ) WITHOUT ROWID;
INSERT INTO "variant" VALUES(X'FA26648665E5BDBAB3EA44ABD941FE2835E84AD79B74419312B3420BC8C9D56A',1);
INSERT INTO "variant" VALUES(X'66BC4FEF3CF724FE112EC2E9F5DF4FD1D09E9176350E9C7021F8CFE711C1E2CD',2);
CREATE INDEX article_content ON article (content);
CREATE INDEX article_url ON article (url_key) WHERE url_key IS NOT NULL;
CREATE INDEX article_source ON article (source_key) WHERE source_key IS NOT NULL;
CREATE INDEX variant_article ON variant (article);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('article',3);
INSERT INTO "sqlite_sequence" VALUES('change',6);
COMMIT;
