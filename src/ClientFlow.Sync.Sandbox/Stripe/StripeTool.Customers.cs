using System.Text.Json.Nodes;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Customers.</summary>
public sealed partial class StripeTool
{
    private static readonly string[] CustomerFields =
        ["address", "balance", "description", "email", "expand", "metadata", "name", "phone", "tax_exempt"];

    private static readonly string[] CustomerFieldsAtStripe =
    [
        "bank_account", "card", "cash_balance", "coupon", "default_alipay_account", "default_bank_account", "default_card", "default_source",
        "invoice_prefix", "invoice_settings", "next_invoice_sequence", "payment_method", "preferred_locales", "promotion_code", "shipping",
        "source", "tax", "tax_id_data", "test_clock",
    ];

    private readonly List<StripeCustomer> _customers = [];

    /// <summary>Oldest first, without the deleted ones.</summary>
    public IReadOnlyList<StripeCustomer> Customers
    {
        get
        {
            lock (Lock)
                return [.. _customers.Where(customer => !customer.Deleted)];
        }
    }

    /// <summary>What the owner enters in the dashboard, or a seed.</summary>
    public StripeCustomer AddCustomer(string name, string email, IReadOnlyDictionary<string, string>? metadata = null)
    {
        lock (Lock)
        {
            var customer = NewCustomer();
            customer.Name = name;
            customer.Email = email;
            customer.Metadata = metadata ?? customer.Metadata;
            _customers.Add(customer);
            Indexed(customer.Id, "customer", customer.ToJson());
            Raise("customer.created", customer.ToJson(), StripeCause.Person);
            return customer;
        }
    }

    private void MapCustomers()
    {
        Get("/v1/customers", ["created", "email", "ending_before", "limit", "starting_after"], [], call =>
        {
            var created = call.Parameters.Range("created");
            var email = call.Parameters.Text("email", 512);
            return Page(
                call.Parameters,
                Newest(_customers).Where(customer => !customer.Deleted && created(customer.Created) && (email is null || customer.Email == email)),
                customer => customer.Id,
                customer => customer.ToJson(),
                "customer",
                "/v1/customers");
        });
        Get("/v1/customers/search", ["limit", "page", "query"], [], call =>
            Search(call.Parameters, "customer", ["created", "email", "metadata", "name", "phone"], "/v1/customers/search"));
        Get("/v1/customers/{customer}", [], [], call => FindCustomer(call) is { Deleted: false } customer
            ? customer.ToJson()
            : StripeJson.Deleted("customer", call.Http.Part("customer")));
        Post("/v1/customers", CreateCustomer);
        Post("/v1/customers/{customer}", UpdateCustomer);
        Remove("/v1/customers/{customer}", DeleteCustomer);
    }

    private StripeCustomer NewCustomer() => new()
    {
        Id = NewId("cus_", 14),
        Created = Now,
        InvoicePrefix = NewId("", 8).ToUpperInvariant(),
    };

    private StripeCustomer FindCustomer(StripeCall call) =>
        _customers.Find(customer => customer.Id == call.Http.Part("customer")) ?? throw StripeException.NotFound("customer", call.Http.Part("customer"));

    private StripeCustomer LiveCustomer(string id, string param = "customer") =>
        _customers.Find(customer => customer.Id == id && !customer.Deleted) ?? throw StripeException.NoSuch("customer", id, param);

    private JsonObject CreateCustomer(StripeCall call)
    {
        var customer = NewCustomer();
        ChangeCustomer(customer, call.Parameters);
        _customers.Add(customer);
        Indexed(customer.Id, "customer", customer.ToJson());
        Raise("customer.created", customer.ToJson(), call.Cause);
        return customer.ToJson();
    }

    private JsonObject UpdateCustomer(StripeCall call)
    {
        var customer = FindCustomer(call);
        if (customer.Deleted)
            throw StripeException.NotFound("customer", customer.Id);
        var before = customer.ToJson();
        ChangeCustomer(customer, call.Parameters);
        Updated("customer", customer.Id, before, customer.ToJson(), call.Cause);
        return customer.ToJson();
    }

    private JsonObject DeleteCustomer(StripeCall call)
    {
        var customer = FindCustomer(call);
        if (customer.Deleted)
            throw StripeException.NotFound("customer", customer.Id);
        customer.Deleted = true;
        foreach (var item in _items.Where(item => item.Customer == customer && item.Invoice is null).ToList())
            _items.Remove(item);
        Forgotten(customer.Id);
        Raise("customer.deleted", customer.ToJson(), call.Cause);
        return StripeJson.Deleted("customer", customer.Id);
    }

    private static void ChangeCustomer(StripeCustomer customer, StripeParameters parameters)
    {
        parameters.Allow(CustomerFields, CustomerFieldsAtStripe);
        var metadata = parameters.Metadata(customer.Metadata);
        var address = parameters.Hash("address", "city", "country", "line1", "line2", "postal_code", "state");
        var balance = parameters.Integer("balance");
        var exempt = parameters.OneOf("tax_exempt", "", "exempt", "none", "reverse");
        var email = parameters.Text("email", 512);
        if (email is { Length: > 0 } && !email.Contains('@', StringComparison.Ordinal))
            throw StripeException.Invalid($"Invalid email address: {email}", "email", "email_invalid");
        var name = parameters.Text("name", 256);
        var phone = parameters.Text("phone", 20);
        var description = parameters.Text("description");

        customer.Metadata = metadata;
        customer.Balance = balance ?? customer.Balance;
        customer.Address = parameters.Has("address") ? address : customer.Address;
        customer.TaxExempt = exempt switch { null => customer.TaxExempt, "" => "none", _ => exempt };
        customer.Email = Changed(email, customer.Email);
        customer.Name = Changed(name, customer.Name);
        customer.Phone = Changed(phone, customer.Phone);
        customer.Description = Changed(description, customer.Description);
    }

    /// <summary>Not given: as before. Empty: unset.</summary>
    private static string? Changed(string? given, string? before) => given switch { null => before, "" => null, _ => given };
}
