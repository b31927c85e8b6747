using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

public sealed class StripeSpecTests
{
    private readonly ApiSpec _spec = ApiSpec.Load("stripe");

    [Theory]
    [InlineData("POST /v1/customers", "email=ada%40example.com&name=Ada+L&metadata[cf_key]=cf:company:1")]
    [InlineData("POST /v1/invoices",
        "customer=cus_1&collection_method=send_invoice&days_until_due=14&auto_advance=false&pending_invoice_items_behavior=exclude"
        + "&metadata%5Bcf_key%5D=cf%3Aproject%3A7%3Ainvoice&description=Onboarding")]
    [InlineData("POST /v1/invoices",
        "customer=cus_1&custom_fields[0][name]=PO&custom_fields[0][value]=7&default_tax_rates[]=txr_1&expand[]=customer")]
    [InlineData("POST /v1/invoices", "customer=cus_1&custom_fields=&metadata=&discounts[][coupon]=a&discounts[][coupon]=b")]
    [InlineData("POST /v1/invoiceitems", "customer=cus_1&invoice=in_1&amount=15000&currency=eur&description=Kick-off")]
    [InlineData("POST /v1/invoices/in_1/finalize", null)]
    [InlineData("POST /v1/invoices/in_1/pay", "paid_out_of_band=true")]
    [InlineData("DELETE /v1/invoices/in_1", null)]
    [InlineData("GET /v1/invoices?customer=cus_1&created[gte]=1700000000&due_date%5Blte%5D=1700000000&limit=100", null)]
    [InlineData("GET /v1/events?types[]=invoice.paid&types[]=invoice.finalized&created=1700000000&delivery_success=false", null)]
    [InlineData("POST /v1/webhook_endpoints", "url=https://hub.example/hooks&enabled_events[]=invoice.paid&api_version=2023-08-16")]
    public void A_documented_request_passes(string call, string? body) => _spec.Request(call, body).ShouldPass();

    [Theory]
    [InlineData("POST /v1/bills", "customer=cus_1", "path")]
    [InlineData("PUT /v1/invoices/in_1", "description=x", "method")]
    [InlineData("POST /v1/customers/search", "query=x", "method")]
    [InlineData("POST /v1/invoices", """{"customer":"cus_1"}""", "content-type")]
    [InlineData("POST /v1/invoices", "custmer=cus_1", "body.custmer")]
    [InlineData("POST /v1/invoices", "customer=cus_1&customer=cus_2", "body.customer")]
    [InlineData("POST /v1/invoices", "customer=cus_1&days_until_due=two+weeks", "body.days_until_due")]
    [InlineData("POST /v1/invoices", "customer=cus_1&auto_advance=no", "body.auto_advance")]
    [InlineData("POST /v1/invoices", "customer=cus_1&collection_method=post", "body.collection_method")]
    [InlineData("POST /v1/invoices", "customer=cus_1&custom_fields[0][name]=PO", "body.custom_fields[0].value")]
    [InlineData("POST /v1/invoices", "customer=cus_1&custom_fields[0][name]=PO&custom_fields[0][value]=7&custom_fields[0][key]=x",
        "body.custom_fields[0].key")]
    [InlineData("POST /v1/invoices", "customer=cus_1&automatic_tax[liability]=self&automatic_tax[enabled]=true",
        "body.automatic_tax.liability")]
    [InlineData("POST /v1/invoices", "customer=cus_1&metadata[a][b]=1", "body.metadata.a")]
    [InlineData("POST /v1/invoices", "customer=cus_1&metadata=cf", "body.metadata")]
    [InlineData("POST /v1/invoiceitems", "invoice=in_1&amount=15000", "body.customer")]
    [InlineData("POST /v1/invoiceitems", "customer=cus_1&amount=150.00", "body.amount")]
    [InlineData("POST /v1/webhook_endpoints", "url=https://hub.example&enabled_events[]=invoice.payed", "body.enabled_events[0]")]
    [InlineData("GET /v1/invoices?status=overdue", null, "query.status")]
    [InlineData("GET /v1/invoices?page=2", null, "query.page")]
    [InlineData("GET /v1/invoices?created[from]=1", null, "query.created.from")]
    [InlineData("GET /v1/invoices?limit[]=1", null, "query.limit[]")]
    [InlineData("GET /v1/invoices/search", null, "query.query")]
    public void An_undocumented_request_is_caught_once_and_where_it_is_wrong(string call, string? body, string where) =>
        _spec.Request(call, body).ShouldFailAt(where);

    [Fact]
    public void An_expandable_field_may_hold_the_id_or_the_object()
    {
        _spec.Answer("GET /v1/invoiceitems/ii_1", 200, InvoiceItem("\"cus_1\"")).ShouldPass();
        _spec.Answer("GET /v1/invoiceitems/ii_1", 200, InvoiceItem("""{"id":"cus_1","object":"customer","deleted":true}""")).ShouldPass();
        _spec.Answer("GET /v1/invoiceitems/ii_1", 200, InvoiceItem("7")).ShouldFailAt("answer.customer");
        _spec.Answer("GET /v1/invoiceitems/ii_1", 200, InvoiceItem("null")).ShouldFailAt("answer.customer");
    }

    [Fact]
    public void A_list_is_complete_and_typed()
    {
        _spec.Answer("GET /v1/invoices", 200, """{"object":"list","data":[],"has_more":false,"url":"/v1/invoices"}""").ShouldPass();
        _spec.Answer("GET /v1/invoices", 200, """{"object":"list","data":[],"url":"/v1/invoices"}""").ShouldFailAt("answer.has_more");
        _spec.Answer("GET /v1/invoices", 200, """{"object":"list","data":{},"has_more":false,"url":"/v1/invoices"}""")
            .ShouldFailAt("answer.data");
        _spec.Answer("GET /v1/invoices", 200, """{"object":"page","data":[],"has_more":false,"url":"/v1/invoices"}""")
            .ShouldFailAt("answer.object");
        _spec.Answer("GET /v1/invoices", 200, """{"object":"list","data":[],"has_more":false,"url":"/v1/bills"}""")
            .ShouldFailAt("answer.url");
    }

    [Fact]
    public void An_error_follows_the_documented_form()
    {
        _spec.Answer("GET /v1/invoices/in_1", 404, """{"error":{"type":"invalid_request_error","code":"resource_missing"}}""").ShouldPass();
        _spec.Answer("GET /v1/invoices/in_1", 404, """{"error":{"type":"not_found"}}""").ShouldFailAt("answer.error.type");
        _spec.Answer("GET /v1/invoices/in_1", 404, """{"message":"no such invoice"}""").ShouldFailAt("answer.error");
    }

    private static string InvoiceItem(string customer) => $$"""
        {"id":"ii_1","object":"invoiceitem","amount":15000,"currency":"eur","customer":{{customer}},"date":1700000000,"discountable":true,
         "discounts":[],"invoice":"in_1","livemode":false,"metadata":{"cf_key":"a"},"period":{"start":1700000000,"end":1700000000},"price":null,
         "proration":false,"quantity":1,"tax_rates":null,"unit_amount":15000,"unit_amount_decimal":"15000"}
        """;
}
