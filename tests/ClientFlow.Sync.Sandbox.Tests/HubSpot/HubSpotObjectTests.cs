using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Tests.HubSpot;

public sealed class HubSpotObjectTests : HubSpotBench
{
    [Fact]
    public async Task Nobody_gets_in_without_the_token()
    {
        (await Api.SendAsync("GET", "/crm/v3/objects/deals", token: "pat-wrong")).ShouldBe(401)["category"].ToString().ShouldBe("INVALID_AUTHENTICATION");
    }

    [Fact]
    public async Task Unknown_paths_parameters_and_body_fields_are_refused()
    {
        (await Api.GetAsync("/crm/v3/nowhere")).ShouldBe(404);
        (await Api.SendAsync("PATCH", "/crm/v3/objects/deals")).ShouldBe(405);
        (await Api.GetAsync("/crm/v3/objects/deals?pageSize=5")).ShouldBe(400)["message"].ToString().ShouldContain("pageSize");
        (await Api.PostAsync("/crm/v3/objects/deals", """{"properties":{},"links":[]}""")).ShouldBe(400)["message"].ToString().ShouldContain("links");
        (await Api.PostAsync("/crm/v3/objects/deals", "nonsense")).ShouldBe(400);
        (await Api.GetAsync("/crm/v3/objects/wombats")).ShouldBe(400);
    }

    [Fact]
    public async Task An_unknown_property_is_named_in_the_error()
    {
        var answer = (await Api.PostAsync("/crm/v3/objects/deals", """{"properties":{"dealname":"x","colour":"red"}}""")).ShouldBe(400);

        answer["category"].ToString().ShouldBe("VALIDATION_ERROR");
        answer["message"].ToString().ShouldContain("Property \\\"colour\\\" does not exist");
        answer["errors"][0]!["code"]!.ToString().ShouldBe("PROPERTY_DOESNT_EXIST");
    }

    [Theory]
    [InlineData("""{"amount":12.5}""")]
    [InlineData("""{"amount":"a lot"}""")]
    [InlineData("""{"contract_end_date":"31/12/2027"}""")]
    [InlineData("""{"contract_end_date":"2027-12-31T10:00:00Z"}""")]
    [InlineData("""{"dealstage":"166220502","pipeline":"default"}""")]
    [InlineData("""{"hs_is_closed_won":"true"}""")]
    [InlineData("""{"deal_currency_code":"XXX"}""")]
    [InlineData("""{"hubspot_owner_id":"1"}""")]
    public async Task A_value_that_does_not_fit_its_property_is_refused(string properties)
    {
        (await Api.PostAsync("/crm/v3/objects/deals", $$"""{"properties":{{properties}}}""")).ShouldBe(400);
    }

    [Fact]
    public async Task A_list_is_paged_to_its_end_and_every_object_comes_once()
    {
        var ids = new List<string>();
        string? after = null;
        do
        {
            var page = (await Api.GetAsync($"/crm/v3/objects/deals?limit=5{(after is null ? "" : "&after=" + after)}")).ShouldBe(200);
            ids.AddRange(page["results"].AsArray().Select(deal => (string)deal!["id"]!));
            after = (string?)page.Json!["paging"]?["next"]?["after"];
        }
        while (after is not null);

        ids.ShouldBe(Sandbox.HubSpot.World.DealIds);
        (await Api.GetAsync("/crm/v3/objects/deals?limit=101")).ShouldBe(400);
    }

    [Fact]
    public async Task Only_the_properties_that_were_asked_for_come_back()
    {
        string path = $"/crm/v3/objects/deals/{Deal("Trade fair stand")}";

        var normal = (await Api.GetAsync(path)).ShouldBe(200)["properties"].AsObject();
        var asked = (await Api.GetAsync(path + "?properties=amount,deal_currency_code,hs_is_closed_won,closed_lost_reason,nosuch")).ShouldBe(200)["properties"].AsObject();

        normal.ContainsKey("dealname").ShouldBeTrue();
        normal.ContainsKey("deal_currency_code").ShouldBeFalse();
        asked["amount"]!.ToString().ShouldBe("1250.375");
        asked["hs_is_closed_won"]!.ToString().ShouldBe("false");
        asked.ContainsKey("dealname").ShouldBeFalse();
        asked.ContainsKey("closed_lost_reason").ShouldBeTrue();
        asked["closed_lost_reason"].ShouldBeNull();
        asked.ContainsKey("nosuch").ShouldBeFalse();
    }

    [Fact]
    public async Task A_read_brings_associations_and_history_when_asked()
    {
        string id = Deal("Season campaign");
        await Api.SendAsync("PATCH", $"/crm/v3/objects/deals/{id}", """{"properties":{"dealstage":"closedwon"}}""");

        var deal = (await Api.GetAsync($"/crm/v3/objects/deals/{id}?associations=companies,contacts&propertiesWithHistory=dealstage")).ShouldBe(200);

        deal["associations"]["companies"]!["results"]!.AsArray().Select(link => (string)link!["type"]!).ShouldBe(["deal_to_company", "deal_to_company_unlabeled"]);
        deal["associations"]["contacts"]!["results"]!.AsArray().Count.ShouldBe(1);
        deal["propertiesWithHistory"]["dealstage"]!.AsArray().Select(entry => (string)entry!["value"]!).ShouldBe(["closedwon", "contractsent"]);
    }

    [Fact]
    public async Task Winning_follows_the_stage_and_dates_the_deal()
    {
        string id = Deal("Season campaign");
        Clock.Advance(TimeSpan.FromHours(1));

        await Api.SendAsync("PATCH", $"/crm/v3/objects/deals/{id}", """{"properties":{"dealstage":"closedwon"}}""");
        var won = (await Api.GetAsync($"/crm/v3/objects/deals/{id}?properties=hs_is_closed_won,hs_is_closed,closedate,hs_lastmodifieddate")).ShouldBe(200);
        await Api.SendAsync("PATCH", $"/crm/v3/objects/deals/{id}", """{"properties":{"dealstage":"contractsent"}}""");
        var open = (await Api.GetAsync($"/crm/v3/objects/deals/{id}?properties=hs_is_closed_won,hs_is_closed")).ShouldBe(200);

        won["properties"]["hs_is_closed_won"]!.ToString().ShouldBe("true");
        won["properties"]["hs_is_closed"]!.ToString().ShouldBe("true");
        won["properties"]["closedate"]!.ToString().ShouldBe("2027-03-01T10:00:00.000Z");
        won["properties"]["hs_lastmodifieddate"]!.ToString().ShouldBe("2027-03-01T10:00:00.000Z");
        open["properties"]["hs_is_closed_won"]!.ToString().ShouldBe("false");
    }

    [Fact]
    public async Task Writing_what_is_there_already_changes_nothing()
    {
        string path = $"/crm/v3/objects/deals/{Deal("Season campaign")}";
        var before = (await Api.GetAsync(path)).Text;
        Clock.Advance(TimeSpan.FromHours(1));

        (await Api.SendAsync("PATCH", path, """{"properties":{"amount":"9600.00"}}""")).ShouldBe(200);

        (await Api.GetAsync(path)).Text.ShouldBe(before);
    }

    [Fact]
    public async Task A_contact_keeps_its_clock_under_another_name()
    {
        string id = await CreateAsync("contacts", ("email", "new@example.com"));

        var contact = (await Api.GetAsync($"/crm/v3/objects/contacts/{id}")).ShouldBe(200);

        contact["properties"]["lastmodifieddate"]!.ToString().ShouldBe("2027-03-01T09:00:00.000Z");
        contact["properties"].AsObject().ContainsKey("hs_lastmodifieddate").ShouldBeFalse();
    }

    [Fact]
    public async Task A_second_contact_with_the_same_address_is_a_conflict()
    {
        string id = await CreateAsync("contacts", ("email", "Twice@example.com"));

        var answer = (await Api.PostAsync("/crm/v3/objects/contacts", """{"properties":{"email":"twice@example.com"}}""")).ShouldBe(409);

        answer["category"].ToString().ShouldBe("CONFLICT");
        answer["message"].ToString().ShouldBe($"Contact already exists. Existing ID: {id}");
        (await Api.GetAsync("/crm/v3/objects/contacts/twice%40example.com?idProperty=email")).ShouldBe(200)["id"].ToString().ShouldBe(id);
    }

    [Theory]
    [InlineData(false, 201)]
    [InlineData(true, 409)]
    public async Task Companies_with_one_domain_are_refused_only_when_switched_so(bool unique, int expected)
    {
        Behaviour.UniqueCompanyDomains = unique;

        (await Api.PostAsync("/crm/v3/objects/companies", """{"properties":{"name":"Again","domain":"brightwater.example"}}""")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_deleted_object_is_found_only_among_the_archived()
    {
        string id = await CreateAsync("deals", ("dealname", "Short-lived"));

        (await Api.SendAsync("DELETE", $"/crm/v3/objects/deals/{id}")).ShouldBe(204);
        (await Api.SendAsync("DELETE", $"/crm/v3/objects/deals/{id}")).ShouldBe(204);

        (await Api.GetAsync($"/crm/v3/objects/deals/{id}")).ShouldBe(404)["category"].ToString().ShouldBe("OBJECT_NOT_FOUND");
        (await Api.GetAsync("/crm/v3/objects/deals?archived=true")).ShouldBe(200)["results"].AsArray().Single()!["id"]!.ToString().ShouldBe(id);
    }

    [Fact]
    public async Task A_create_brings_its_associations_or_nothing_at_all()
    {
        string company = await CreateAsync("companies", ("name", "Acme"));
        string Body(string id) => $$$"""{"properties":{"dealname":"Acme onboarding"},"associations":[{"to":{"id":"{{{id}}}"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":341}]}]}""";
        int before = Sandbox.HubSpot.World.DealIds.Count;

        (await Api.PostAsync("/crm/v3/objects/deals", Body("404"))).ShouldBe(404);
        Sandbox.HubSpot.World.DealIds.Count.ShouldBe(before);
        var made = (await Api.PostAsync("/crm/v3/objects/deals", Body(company))).ShouldBe(201);

        (await Api.GetAsync($"/crm/v4/objects/deals/{made["id"]}/associations/companies")).ShouldBe(200)["results"][0]!["toObjectId"]!.ToString().ShouldBe(company);
    }

    [Fact]
    public async Task A_missing_scope_is_told_apart_from_a_missing_token()
    {
        Behaviour.ReadOnlyTypes.Add("deals");

        (await Api.PostAsync("/crm/v3/objects/deals", """{"properties":{}}""")).ShouldBe(403)["category"].ToString().ShouldBe("MISSING_SCOPES");
        (await Api.GetAsync("/crm/v3/objects/deals")).ShouldBe(200);
    }

    [Fact]
    public async Task A_batch_read_answers_207_with_the_ids_that_are_missing()
    {
        string id = Deal("Lookbook");

        var answer = (await Api.PostAsync("/crm/v3/objects/deals/batch/read",
            $$"""{"properties":["dealname"],"propertiesWithHistory":[],"inputs":[{"id":"{{id}}"},{"id":"7"}]}""")).ShouldBe(207);

        answer["results"].AsArray().Single()!["id"]!.ToString().ShouldBe(id);
        answer["errors"][0]!["context"]!["ids"]!.AsArray().Single()!.ToString().ShouldBe("7");
    }

    [Theory]
    [InlineData(100, 50, false, 100, 200)]
    [InlineData(100, 50, false, 101, 400)]
    [InlineData(100, 50, true, 51, 400)]
    [InlineData(100, 60, true, 51, 200)]
    [InlineData(101, 50, false, 101, 200)]
    public async Task A_batch_has_a_limit_that_is_a_switch(int limit, int historyLimit, bool history, int inputs, int expected)
    {
        Behaviour.BatchLimit = limit;
        Behaviour.HistoryBatchLimit = historyLimit;
        var body = new JsonObject
        {
            ["properties"] = new JsonArray(),
            ["propertiesWithHistory"] = history ? new JsonArray("dealstage") : new JsonArray(),
            ["inputs"] = new JsonArray([.. Enumerable.Repeat(0, inputs).Select(_ => new JsonObject { ["id"] = Deal("Lookbook") })]),
        };

        (await Api.PostAsync("/crm/v3/objects/deals/batch/read", body.ToJsonString())).ShouldBe(expected);
    }

    [Fact]
    public async Task An_upsert_by_the_marker_creates_once()
    {
        await Api.PostAsync("/crm/v3/properties/deals",
            """{"name":"clientflow_key","label":"ClientFlow key","type":"string","fieldType":"text","groupName":"dealinformation","hasUniqueValue":true}""");
        const string Upsert = """{"inputs":[{"idProperty":"clientflow_key","id":"cf:1","objectWriteTraceId":"1","properties":{"clientflow_key":"cf:1","dealname":"Next step"}}]}""";

        var first = (await Api.PostAsync("/crm/v3/objects/deals/batch/upsert", Upsert)).ShouldBe(200)["results"][0]!;
        var second = (await Api.PostAsync("/crm/v3/objects/deals/batch/upsert", Upsert)).ShouldBe(200)["results"][0]!;

        first["new"]!.GetValue<bool>().ShouldBeTrue();
        second["new"]!.GetValue<bool>().ShouldBeFalse();
        second["id"]!.ToString().ShouldBe(first["id"]!.ToString());
        (await Api.GetAsync("/crm/v3/objects/deals/cf%3A1?idProperty=clientflow_key")).ShouldBe(200)["id"].ToString().ShouldBe(first["id"]!.ToString());
        (await Api.GetAsync("/crm/v3/objects/deals/cf%3A2?idProperty=clientflow_key")).ShouldBe(404);
        (await Api.PostAsync("/crm/v3/objects/deals", """{"properties":{"clientflow_key":"cf:1"}}""")).ShouldBe(400)["errors"][0]!["code"]!.ToString()
            .ShouldBe("CONFLICTING_UNIQUE_VALUE");
    }

    [Fact]
    public async Task A_batch_with_one_bad_input_does_the_others_and_says_which_one_failed()
    {
        var answer = (await Api.PostAsync("/crm/v3/objects/deals/batch/create",
            """{"inputs":[{"objectWriteTraceId":"a","properties":{"dealname":"Good"}},{"objectWriteTraceId":"b","properties":{"nosuch":"x"}}]}""")).ShouldBe(207);

        answer["numErrors"].GetValue<int>().ShouldBe(1);
        answer["errors"][0]!["context"]!["objectWriteTraceId"]!.AsArray().Single()!.ToString().ShouldBe("b");
        answer["results"][0]!["objectWriteTraceId"]!.ToString().ShouldBe("a");
    }

    [Theory]
    [InlineData(true, 201)]
    [InlineData(false, 400)]
    public async Task Tasks_take_unique_properties_only_when_switched_so(bool taken, int expected)
    {
        Behaviour.EngagementsTakeUniqueProperties = taken;

        (await Api.PostAsync("/crm/v3/properties/tasks",
            """{"name":"clientflow_key","label":"Key","type":"string","fieldType":"text","groupName":"task","hasUniqueValue":true}""")).ShouldBe(expected);
    }

    [Fact]
    public async Task A_note_needs_its_time()
    {
        (await Api.PostAsync("/crm/v3/objects/notes", """{"properties":{"hs_note_body":"Hello"}}""")).ShouldBe(400);
        (await Api.PostAsync("/crm/v3/objects/notes", """{"properties":{"hs_note_body":"Hello","hs_timestamp":"2027-03-01T09:00:00Z"}}""")).ShouldBe(201);
    }
}
