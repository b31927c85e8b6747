namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class StripeIdempotencyTests
{
    [Fact]
    public async Task The_same_key_gives_the_first_result_again()
    {
        await using var stripe = await StripeBench.StartAsync();

        var first = (await stripe.PostAsync("/v1/customers", "name=Ada&metadata[a]=1", "key-1")).Ok();
        var again = (await stripe.PostAsync("/v1/customers", "metadata[a]=1&name=Ada", "key-1")).Ok();

        again.Id.ShouldBe(first.Id);
        first.Headers.ShouldNotContainKey("Idempotent-Replayed");
        again.Headers["Idempotent-Replayed"].ShouldBe("true");
        again.Headers["Original-Request"].ShouldBe(first.Headers["Request-Id"]);
        stripe.Tool.Customers.ShouldHaveSingleItem();
        stripe.Tool.Events.Single().ToJson()["request"]!["idempotency_key"]!.ToString().ShouldBe("key-1");
    }

    [Fact]
    public async Task Whether_a_replay_says_so_is_a_switch()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.SendsReplayedHeader = false);

        await stripe.PostAsync("/v1/customers", "name=Ada", "key-1");

        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Ok().Headers.ShouldNotContainKey("Idempotent-Replayed");
    }

    [Fact]
    public async Task The_same_key_with_other_parameters_is_refused()
    {
        await using var stripe = await StripeBench.StartAsync();
        await stripe.PostAsync("/v1/customers", "name=Ada", "key-1");

        var other = (await stripe.PostAsync("/v1/customers", "name=Bob", "key-1")).Refused(400);
        ((string?)other.Error["type"]).ShouldBe("idempotency_error");
        (await stripe.PostAsync("/v1/invoices", "name=Ada", "key-1")).Refused(400);
        stripe.Tool.Customers.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(24)]
    [InlineData(30)]
    public async Task Keys_are_forgotten_after_their_time_and_a_late_retry_creates_again(int hours)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.KeysLive = TimeSpan.FromHours(hours));
        await stripe.PostAsync("/v1/customers", "name=Ada", "key-1");

        stripe.Clock.Advance(TimeSpan.FromHours(hours - 1));
        await stripe.PostAsync("/v1/customers", "name=Ada", "key-1");
        stripe.Tool.Customers.Count.ShouldBe(1);

        stripe.Clock.Advance(TimeSpan.FromHours(1));
        await stripe.PostAsync("/v1/customers", "name=Ada", "key-1");
        stripe.Tool.Customers.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_second_call_while_the_first_is_in_progress_is_a_conflict()
    {
        await using var stripe = await StripeBench.StartAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        stripe.Tool.HoldNext("/v1/customers", release.Task);

        var first = stripe.PostAsync("/v1/customers", "name=Ada", "key-1");
        while (stripe.Tool.HeldCalls == 0)
            await Task.Yield();
        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Refused(409, "idempotency_key_in_use").Headers["Stripe-Should-Retry"].ShouldBe("true");
        release.SetResult();

        var made = (await first).Ok().Id;
        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Ok().Id.ShouldBe(made);
    }

    [Fact]
    public async Task A_server_error_is_kept_and_replayed()
    {
        await using var stripe = await StripeBench.StartAsync();
        stripe.Tool.FailNext("/v1/customers", afterCommit: true);

        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Refused(500);
        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Refused(500).Headers["Idempotent-Replayed"].ShouldBe("true");

        stripe.Tool.Customers.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Without_the_switch_a_server_error_is_forgotten()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.StoresServerErrors = false);
        stripe.Tool.FailNext("/v1/customers");

        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Refused(500);
        (await stripe.PostAsync("/v1/customers", "name=Ada", "key-1")).Ok();
    }

    [Fact]
    public async Task A_refused_parameter_does_not_use_up_the_key()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/customers", "email=nobody", "key-1")).Refused(400);
        (await stripe.PostAsync("/v1/customers", "email=some%40body.example", "key-1")).Ok();
    }

    [Fact]
    public async Task With_the_switch_a_refused_parameter_uses_up_the_key()
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.StoresValidationFailures = true);

        (await stripe.PostAsync("/v1/customers", "email=nobody", "key-1")).Refused(400);
        (await stripe.PostAsync("/v1/customers", "email=nobody", "key-1")).Refused(400).Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task A_refusal_from_carrying_it_out_is_kept()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/invoices", "customer=cus_no", "key-1")).Refused(400, "resource_missing");
        (await stripe.PostAsync("/v1/invoices", "customer=cus_no", "key-1")).Refused(400).Headers["Idempotent-Replayed"].ShouldBe("true");
    }

    [Fact]
    public async Task A_key_longer_than_255_characters_is_refused()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/customers", "name=Ada", new string('k', 256))).Refused(400);
        (await stripe.PostAsync("/v1/customers", "name=Ada", new string('k', 255))).Ok();
    }
}
