using System.Text;
using ClientFlow.Sync.Sandbox.Stripe;

namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class StripeAccessTests
{
    [Fact]
    public async Task The_account_says_whose_key_it_is()
    {
        await using var stripe = await StripeBench.StartAsync();

        var account = (await stripe.GetAsync("/v1/account")).Ok();

        account.Id.ShouldBe(StripeTool.AccountId);
        account.Headers["Request-Id"].ShouldStartWith("req_");
        account.Headers["Stripe-Version"].ShouldBe("2023-08-16");
    }

    [Fact]
    public async Task The_key_may_come_as_the_user_of_basic_authentication()
    {
        await using var stripe = await StripeBench.StartAsync();
        var basic = Convert.ToBase64String(Encoding.ASCII.GetBytes(SandboxOptions.StripeKey + ":"));

        (await stripe.SendAsync(HttpMethod.Get, "/v1/account", null, null, null, ("Authorization", $"Basic {basic}"))).Ok();
    }

    [Theory]
    [InlineData("sk_test_somebody_elses", null)]
    [InlineData(StripeTool.ExpiredKey, "api_key_expired")]
    public async Task A_wrong_key_is_refused(string key, string? code)
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync("/v1/account", key)).Refused(401, code);
    }

    [Fact]
    public async Task A_call_without_a_key_is_refused()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.SendAsync(HttpMethod.Get, "/v1/account", null, null, key: null)).Refused(401);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_until_it_is_not()
    {
        await using var stripe = await StripeBench.StartAsync();

        stripe.Tool.Behaviour.KeyRevoked = true;
        (await stripe.GetAsync("/v1/account")).Refused(401);
        stripe.Tool.Behaviour.KeyRevoked = false;
        (await stripe.GetAsync("/v1/account")).Ok();
    }

    [Fact]
    public async Task A_restricted_key_reads_and_never_writes()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync("/v1/customers", StripeTool.ReadOnlyKey)).Ok();
        (await stripe.SendAsync(HttpMethod.Post, "/v1/customers", "name=A", null, StripeTool.ReadOnlyKey)).Refused(403);
    }

    [Fact]
    public async Task Another_version_or_account_is_refused()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.SendAsync(HttpMethod.Get, "/v1/account", null, null, SandboxOptions.StripeKey, ("Stripe-Version", "1999-01-01"))).Refused(400);
        (await stripe.SendAsync(HttpMethod.Get, "/v1/account", null, null, SandboxOptions.StripeKey, ("Stripe-Version", "2023-08-16"))).Ok();
        (await stripe.SendAsync(HttpMethod.Get, "/v1/account", null, null, SandboxOptions.StripeKey, ("Stripe-Account", "acct_other"))).Refused(403, "account_invalid");
    }

    [Fact]
    public async Task An_unknown_path_or_verb_is_an_unrecognized_request()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync("/v1/invoicez")).Refused(404);
        (await stripe.SendAsync(HttpMethod.Put, "/v1/customers", "", null)).Refused(404);
    }

    [Theory]
    [InlineData("/v1/customers?colour=red", "colour")]
    [InlineData("/v1/customers?created[since]=5", "created[since]")]
    public async Task An_unknown_query_parameter_is_refused(string path, string param)
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync(path)).Refused(400, "parameter_unknown", param);
    }

    [Fact]
    public async Task An_unknown_body_parameter_is_refused_and_a_body_of_json_too()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/customers", "name=Ada&colour=red")).Refused(400, "parameter_unknown", "colour");
        (await stripe.PostAsync("/v1/customers", "name=Ada&source=tok_visa")).Refused(400, "sandbox_not_simulated", "source");
        stripe.Tool.Customers.ShouldBeEmpty();
    }

    [Fact]
    public async Task Too_many_calls_in_a_second_are_refused_with_their_reason()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.RateLimits = true);

        for (var call = 0; call < 25; call++)
            (await stripe.GetAsync("/v1/account")).Ok();
        var refused = (await stripe.GetAsync("/v1/account")).Refused(429, "rate_limit");
        refused.Headers["Stripe-Rate-Limited-Reason"].ShouldBe("global-rate");
        refused.Headers["Stripe-Should-Retry"].ShouldBe("true");

        stripe.Clock.Advance(TimeSpan.FromSeconds(1));
        (await stripe.GetAsync("/v1/account")).Ok();
    }

    [Fact]
    public async Task Searches_have_a_smaller_budget_of_their_own()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.RateLimits = true);

        for (var call = 0; call < 20; call++)
            (await stripe.GetAsync("/v1/customers/search?query=name:'Ada'")).Ok();
        (await stripe.GetAsync("/v1/customers/search?query=name:'Ada'")).Refused(429).Headers["Stripe-Rate-Limited-Reason"].ShouldBe("endpoint-rate");
    }

    [Fact]
    public async Task A_429_can_be_scripted_with_any_reason()
    {
        await using var stripe = await StripeBench.StartAsync();
        stripe.Tool.Faults.Add(StripeTool.TooManyRequests("resource-specific"), "GET", "/v1/account");
        stripe.Tool.Faults.Add(StripeTool.LockTimeout(), "GET", "/v1/account");

        (await stripe.GetAsync("/v1/account")).Refused(429).Headers["Stripe-Rate-Limited-Reason"].ShouldBe("resource-specific");
        (await stripe.GetAsync("/v1/account")).Refused(429, "lock_timeout").Headers["Stripe-Should-Retry"].ShouldBe("true");
    }

    [Fact]
    public async Task Whether_an_answer_says_to_retry_is_a_switch()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync("/v1/customers/cus_no")).Refused(404, "resource_missing", "id").Headers["Stripe-Should-Retry"].ShouldBe("false");
        stripe.Tool.Behaviour.SendsShouldRetry = false;
        (await stripe.GetAsync("/v1/customers/cus_no")).Refused(404).Headers.ShouldNotContainKey("Stripe-Should-Retry");
    }
}
