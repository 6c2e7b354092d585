"""Catalogues as other people's programs from npm read them."""

# what r2-opds-js makes of a document of OPDS 2.0
READ_BY_R2 = """
    const say = console.log;
    console.log = console.error;  // it says there what things have no picture
    require("r2-opds-js/dist/es8-es2017/src/opds/init-globals").initGlobalConverters_OPDS();
    require("r2-shared-js/dist/es8-es2017/src/init-globals").initGlobalConverters_GENERIC();
    const { TaJsonDeserialize } = require("r2-lcp-js/dist/es8-es2017/src/serializable");
    const { OPDSFeed } = require("r2-opds-js/dist/es8-es2017/src/opds/opds2/opds2");
    const feed = TaJsonDeserialize(JSON.parse(text), OPDSFeed);
    console.log = say;
    const link = (one) => ({ href: one.Href, rel: one.Rel, type: one.TypeLink, title: one.Title,
        copies: one.Properties && one.Properties.Copies && one.Properties.Copies.Available });
    return {
        title: feed.Metadata.Title, count: feed.Metadata.NumberOfItems, links: feed.Links.map(link),
        navigation: (feed.Navigation || []).map(link),
        groups: (feed.Groups || []).map((one) => one.Metadata.Title),
        publications: (feed.Publications || []).map((one) => ({
            title: one.Metadata.Title, identifier: one.Metadata.Identifier, description: one.Metadata.Description,
            author: (one.Metadata.Author || []).map((each) => each.Name), links: one.Links.map(link),
            images: (one.Images || []).map(link) })),
    };
"""
