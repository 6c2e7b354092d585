async def test_health_says_yes_without_a_database(browser, statements):
    statements.forget()
    assert (await browser.client.get("/healthz")).text == "ok"
    assert len(statements) == 0


async def test_readiness_says_yes_when_a_write_works(browser):
    assert (await browser.client.get("/readyz")).text == "ok"
