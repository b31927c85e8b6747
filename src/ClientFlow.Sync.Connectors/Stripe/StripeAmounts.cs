using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Connectors.Stripe;

/// <summary>Stripe's smallest units. They are ISO 4217's, except where Stripe decided otherwise.</summary>
internal static class StripeAmounts
{
    // Sent with two decimals though the currency has none, and then the decimals must be 00; and one that Stripe counts in
    // whole units though ISO gives it two. https://docs.stripe.com/currencies (special cases, zero-decimal; see NOTES.md)
    private static readonly FrozenSet<string> WholeInHundredths = FrozenSet.Create("ISK", "UGX");
    private static readonly FrozenSet<string> WholeUnits = FrozenSet.Create("MGA");

    // Eight digits of the smallest unit; in these it takes more, and how many is its own to say [unconfirmed].
    private const long Largest = 99_999_999;
    private static readonly FrozenSet<string> Longer = FrozenSet.Create("COP", "HUF", "IDR", "INR", "JPY", "LBP");

    /// <summary>An amount as Stripe wants it; else a plain sentence why Stripe can't carry it. Never rounds.</summary>
    public static bool TryUnits(Money money, out long units, [NotNullWhen(false)] out string? why)
    {
        if (!TryExact(money, out units, out why)) return false;
        if (units is >= -Largest and <= Largest || Longer.Contains(money.Currency.ToUpperInvariant())) return true;
        why = $"Stripe takes at most eight digits, which is {new Money(Major(Largest, money.Currency), money.Currency)}";
        units = 0;
        return false;
    }

    /// <summary>Stripe's integer in major units.</summary>
    public static decimal Major(long units, string currency) => currency.ToUpperInvariant() switch
    {
        var code when WholeInHundredths.Contains(code) => units / 100m,
        var code when WholeUnits.Contains(code) => units,
        var code => Money.FromMinorUnits(units, code).Amount,
    };

    private static bool TryExact(Money money, out long units, [NotNullWhen(false)] out string? why)
    {
        units = 0;
        why = null;
        var code = money.Currency.ToUpperInvariant();
        if (WholeInHundredths.Contains(code) || WholeUnits.Contains(code))
        {
            if (!new Money(money.Amount, code).TryMinorUnits(out _) || decimal.Truncate(money.Amount) != money.Amount)
                why = $"Stripe takes only whole amounts in {code}";
            else
                units = (long)money.Amount * (WholeUnits.Contains(code) ? 1 : 100);
            return why is null;
        }

        if (!new Money(money.Amount, code).TryMinorUnits(out units))
        {
            why = Money.MinorUnits(code) is 0 ? $"{code} has no decimals" : $"{code} has {Money.MinorUnits(code)} decimals, and this amount has more or is too large";
            return false;
        }

        // In three-decimal currencies the last digit must be 0; same page.
        if (Money.MinorUnits(code) == 3 && units % 10 != 0)
        {
            why = $"Stripe takes amounts in {code} only up to two decimals";
            units = 0;
        }

        return why is null;
    }
}
