using System.Text;
using System.Text.Json.Nodes;
using ClientFlow.Sync.Sandbox.Stripe;
using ClientFlow.Sync.Sandbox.Tests.Bench;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Sandbox.Tests.Stripe;

public sealed class StripeEventTests
{
    [Fact]
    public void The_signature_is_the_one_of_the_reference()
    {
        var body = Encoding.UTF8.GetBytes("""{"id":"evt_test","object":"event"}""");

        StripeSignature.Compute("whsec_test_secret", 1700000000, body).ShouldBe("8042376f6ca064adbe037642a718227dfd59047137eb49497a54c49eb0cfb724");
    }

    [Fact]
    public async Task Every_step_of_an_invoice_is_an_event_newest_first()
    {
        await using var stripe = await StripeBench.StartAsync();
        var id = await stripe.OpenAsync(await stripe.CustomerAsync());
        (await stripe.PostAsync($"/v1/invoices/{id}/pay", "paid_out_of_band=true")).Ok();

        var all = (await stripe.GetAsync("/v1/events?limit=100")).Ok().Data;
        all.Select(happened => (string)happened["type"]!).Reverse().ShouldBe(
        [
            "customer.created", "invoice.created", "invoiceitem.created", "invoice.updated", "invoice.updated", "invoice.finalized", "invoice.updated",
            "invoice.paid",
        ]);
        var previous = all.First(happened => (string)happened["type"]! == "invoice.updated")["data"]!["previous_attributes"]!;
        ((string?)previous["status"]).ShouldBe("open");
        previous["status_transitions"]!.ToJsonString().ShouldBe("""{"paid_at":null}""");
        (await stripe.GetAsync("/v1/events?types[]=invoice.paid&types[]=invoice.finalized")).Ok().Data.Count.ShouldBe(2);
        (await stripe.GetAsync("/v1/events?types[0]=invoice.paid")).Ok().Data.Count.ShouldBe(1);
        (await stripe.GetAsync("/v1/events?type=invoice.*")).Ok().Data.Count.ShouldBe(6);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whether_money_outside_Stripe_is_a_successful_payment_is_a_switch(bool sent)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.PaymentSucceededWhenOutOfBand = sent);
        var id = await stripe.OpenAsync(await stripe.CustomerAsync());

        (await stripe.PostAsync($"/v1/invoices/{id}/pay", "paid_out_of_band=true")).Ok();

        stripe.Tool.Events.Any(happened => happened.Type == "invoice.payment_succeeded").ShouldBe(sent);
    }

    [Theory]
    [InlineData(30)]
    [InlineData(13)]
    public async Task Events_can_be_listed_for_their_time(int days)
    {
        await using var stripe = await StripeBench.StartAsync(behaviour => behaviour.EventsLive = TimeSpan.FromDays(days));
        await stripe.CustomerAsync();

        stripe.Clock.Advance(TimeSpan.FromDays(days));
        var id = (await stripe.GetAsync("/v1/events")).Ok().Ids.ShouldHaveSingleItem();
        (await stripe.GetAsync($"/v1/events/{id}")).Ok();

        stripe.Clock.Advance(TimeSpan.FromSeconds(1));
        (await stripe.GetAsync("/v1/events")).Ok().Ids.ShouldBeEmpty();
        (await stripe.GetAsync($"/v1/events/{id}")).Refused(404);
    }

    [Fact]
    public async Task More_than_twenty_types_are_too_many()
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.GetAsync("/v1/events?" + string.Join('&', Enumerable.Repeat("types[]=invoice.paid", 21)))).Refused(400, param: "types");
    }

    [Fact]
    public async Task A_webhook_carries_the_event_signed_with_the_secret_that_only_the_creation_told()
    {
        await using var stripe = await StripeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var made = (await stripe.PostAsync("/v1/webhook_endpoints", $"url={Uri.EscapeDataString(receiver.Url.ToString())}&enabled_events[]=customer.created")).Ok();
        var secret = (string)made.Json["secret"]!;
        (await stripe.GetAsync($"/v1/webhook_endpoints/{made.Id}")).Ok().Json["secret"].ShouldBeNull();

        await stripe.CustomerAsync();

        var delivery = await receiver.NextAsync();
        var t = stripe.Clock.GetUtcNow().ToUnixTimeSeconds();
        delivery.Headers["Stripe-Signature"].ShouldBe($"t={t},v1={StripeSignature.Compute(secret, t, delivery.Body)}");
        var happened = JsonNode.Parse(delivery.Body)!;
        ((string?)happened["type"]).ShouldBe("customer.created");
        ((string?)happened["data"]!["object"]!["email"]).ShouldBe("ada@example.com");
        ((int)happened["pending_webhooks"]!).ShouldBe(1);
    }

    [Fact]
    public async Task Events_that_no_endpoint_answered_for_can_be_asked_for()
    {
        await using var stripe = await StripeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        stripe.Tool.SetWebhookTarget(receiver.Url);
        stripe.Tool.Webhooks.Switches.RetryAfter = [];

        await stripe.CustomerAsync("heard@example.com");
        await stripe.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);
        receiver.Status = 500;
        await stripe.CustomerAsync("unheard@example.com");
        await stripe.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        var missed = (await stripe.GetAsync("/v1/events?delivery_success=false")).Ok().Data.ShouldHaveSingleItem();
        ((string?)missed["data"]!["object"]!["email"]).ShouldBe("unheard@example.com");
        (await stripe.GetAsync("/v1/events?delivery_success=true")).Ok().Data.Count.ShouldBe(1);
    }

    [Fact]
    public async Task While_a_secret_is_rolled_both_sign()
    {
        await using var stripe = await StripeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        stripe.Tool.SetWebhookTarget(receiver.Url);
        var rolled = stripe.Tool.Actions.Single(action => action.Name == "roll-webhook-secret").Run([])!;

        await stripe.CustomerAsync();

        var delivery = await receiver.NextAsync();
        var t = stripe.Clock.GetUtcNow().ToUnixTimeSeconds();
        var fresh = (string)rolled["we_sandbox"]!;
        delivery.Headers["Stripe-Signature"].ShouldBe(
            $"t={t},v1={StripeSignature.Compute(fresh, t, delivery.Body)},v1={StripeSignature.Compute(SandboxOptions.StripeWebhookSecret, t, delivery.Body)}");
    }

    [Fact]
    public async Task A_disabled_or_deleted_endpoint_hears_nothing()
    {
        await using var stripe = await StripeBench.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        var made = (await stripe.PostAsync("/v1/webhook_endpoints", $"url={receiver.Url}&enabled_events[]=*")).Ok();

        (await stripe.PostAsync($"/v1/webhook_endpoints/{made.Id}", "disabled=true")).Ok();
        await stripe.CustomerAsync();
        (await stripe.DeleteAsync($"/v1/webhook_endpoints/{made.Id}")).Ok();
        await stripe.CustomerAsync();
        await stripe.Sandbox.WhenIdleAsync(TestContext.Current.CancellationToken);

        receiver.IsEmpty.ShouldBeTrue();
        (await stripe.GetAsync("/v1/webhook_endpoints")).Ok().Ids.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("enabled_events[]=invoice.paid", "url")]
    [InlineData("url=nowhere&enabled_events[]=invoice.paid", "url")]
    [InlineData("url=http://127.0.0.1:9/h", "enabled_events")]
    [InlineData("url=http://127.0.0.1:9/h&enabled_events[]=invoice.eaten", "enabled_events[0]")]
    public async Task An_endpoint_that_Stripe_would_not_make_is_refused(string form, string param)
    {
        await using var stripe = await StripeBench.StartAsync();

        (await stripe.PostAsync("/v1/webhook_endpoints", form)).Refused(400, param: param);
    }

    [Fact]
    public async Task What_events_carry_follows_the_specification_too()
    {
        await using var stripe = await StripeBench.StartAsync();
        var id = await stripe.OpenAsync(await stripe.CustomerAsync());
        (await stripe.PostAsync($"/v1/invoices/{id}/void")).Ok();
        var spec = ApiSpec.Load("stripe");

        foreach (var carried in stripe.Tool.Events.Select(happened => happened.ToJson()["data"]!["object"]!))
        {
            var path = (string?)carried["object"] switch
            {
                "customer" => "/v1/customers/{0}",
                "invoice" => "/v1/invoices/{0}",
                _ => "/v1/invoiceitems/{0}",
            };
            var body = Encoding.UTF8.GetBytes(carried.ToJsonString());
            spec.CheckResponse("GET", string.Format(path, carried["id"]), 200, body, ExtraFields.Refused).ShouldBeEmpty();
        }
    }
}
