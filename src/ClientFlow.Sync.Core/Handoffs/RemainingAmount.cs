using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Handoffs;

/// <summary>What an invoice for the rest of a deal comes to.</summary>
public abstract record AmountVerdict
{
    private AmountVerdict()
    {
    }

    /// <summary>Exactly this.</summary>
    public sealed record Is(Money Money) : AmountVerdict;

    /// <summary>A fact is missing.</summary>
    public sealed record Lacks(string Fact) : AmountVerdict;

    /// <summary>A person is asked; a yes means <paramref name="IfApproved"/>, and where that is null a yes is not enough.</summary>
    public sealed record Ask(string Question, Money? IfApproved) : AmountVerdict;
}

/// <summary>
/// <c>amount: remaining</c>: the deal's amount less its linked invoices that are not void, in the same currency. Whatever is
/// unclear is asked, and nothing is rounded. What is sold is sold without tax: an invoice counts without it, and where that makes a
/// difference a person says whether it is right, for a deal may have been agreed with tax.
/// </summary>
public static class RemainingAmount
{
    public static AmountVerdict Of(Engagement engagement, RecordRef subject)
    {
        if (engagement.Deal is not { Gone: false } deal)
            return new AmountVerdict.Lacks(engagement.Deal is null ? "deal: the project is linked to no deal" : "deal: it was deleted");
        if (deal.Record.Amount("amount") is not { } sold) return new AmountVerdict.Lacks("deal.amount has no value");
        if (engagement.OtherDeals.Count > 0)
        {
            return new AmountVerdict.Ask(
                $"the project belongs to {engagement.OtherDeals.Count + 1} deals: which of them does this invoice bill?", null);
        }

        if (!sold.TryMinorUnits(out _))
            return new AmountVerdict.Ask($"the deal's amount, {sold}, has more decimals than {sold.Currency} has", null);

        var billed = new Money(0, sold.Currency);
        var taxed = new List<string>();
        foreach (var invoice in engagement.Invoices.Where(i => !i.Gone && i.Record.Text("status") != "void"))
        {
            if (invoice.Record.Amount("total") is not { } total) return new AmountVerdict.Lacks($"invoice {Named(invoice)} has no total");
            if (total.Currency != sold.Currency)
                return new AmountVerdict.Ask($"invoice {Named(invoice)} is in {total.Currency}, the deal in {sold.Currency}", null);
            var net = NetOf(invoice, total);
            billed += net;
            if (net != total) taxed.Add($"invoice {Named(invoice)} is of {net} without tax and of {total} with it");
        }

        var rest = sold - billed;
        if (rest.Amount <= 0) return new AmountVerdict.Ask($"nothing remains: {billed} of {sold} is invoiced already", null);

        if (!rest.TryMinorUnits(out _))
            return new AmountVerdict.Ask($"what remains, {rest}, has more decimals than {rest.Currency} has", null);

        var questions = new List<string>();
        if (taxed.Count > 0) questions.Add($"{string.Join(", ", taxed)}: is the deal's amount without tax, so that {rest} of {sold} remains?");
        var open = engagement.Projects.Where(p => !p.Gone && p.Ref != subject && p.Record.Text("status") == "open").ToList();
        if (open.Count > 0) questions.Add($"the deal's project {Named(open[0])} is still open: bill the whole rest of {rest} with this one?");

        var since = deal.Record.Moment("createdAt") ?? DateTimeOffset.MinValue;
        var twin = engagement.LooseInvoices.FirstOrDefault(i => !i.Gone && i.Record.Text("status") != "void" &&
            (i.Record.Amount("total") == rest || i.Record.Amount("net") == rest) && (i.Record.Moment("createdAt") ?? DateTimeOffset.MaxValue) >= since);
        if (twin is not null)
        {
            var withTax = twin.Record.Amount("total") is { } total && total != rest ? $" ({total} with tax)" : "";
            questions.Add($"invoice {Named(twin)} of {rest}{withTax} exists for this client already: is it this work's?");
        }

        if (engagement.BilledByHand.Count > 0)
        {
            questions.Add($"{string.Join(" and ", engagement.BilledByHand.Select(title => $"“{title}”"))} was marked done by hand, and for how much is not known here: " +
                $"a yes bills the whole rest of {rest}; if less is left, write the invoice by hand and mark this one done, too.");
        }

        // One yes answers all that was asked, so all of it is asked at once.
        return questions.Count == 0 ? new AmountVerdict.Is(rest) : new AmountVerdict.Ask(string.Join(" ", questions), rest);
    }

    // A tool that doesn't tell it, or a record from before it was told, counts by its total.
    private static Money NetOf(KnownRecord invoice, Money total) =>
        invoice.Record.Amount("net") is { } net && net.Currency == total.Currency ? net : total;

    private static string Named(KnownRecord record) => record.Record.Text("number") ?? record.Record.Text("name") ?? record.Ref.Id;
}
