using System.Collections.Frozen;
using System.Globalization;

namespace ClientFlow.Sync.Core.Records;

/// <summary>
/// An exact amount in one currency. It never rounds: an amount with more decimals than its currency has is kept as it came,
/// and whoever needs minor units asks with <see cref="TryMinorUnits"/>.
/// </summary>
/// <param name="Amount">Major units: pounds, yen, dinars.</param>
/// <param name="Currency">ISO 4217 code in upper case.</param>
public readonly record struct Money(decimal Amount, string Currency) : IComparable<Money>
{
    // ISO 4217 minor units that are not 2. https://www.iso.org/iso-4217-currency-codes.html
    private static readonly FrozenDictionary<string, int> OddMinorUnits = new Dictionary<string, int>
    {
        ["BIF"] = 0, ["CLP"] = 0, ["DJF"] = 0, ["GNF"] = 0, ["ISK"] = 0, ["JPY"] = 0, ["KMF"] = 0, ["KRW"] = 0, ["PYG"] = 0,
        ["RWF"] = 0, ["UGX"] = 0, ["UYI"] = 0, ["VND"] = 0, ["VUV"] = 0, ["XAF"] = 0, ["XOF"] = 0, ["XPF"] = 0,
        ["BHD"] = 3, ["IQD"] = 3, ["JOD"] = 3, ["KWD"] = 3, ["LYD"] = 3, ["OMR"] = 3, ["TND"] = 3,
        ["CLF"] = 4, ["UYW"] = 4,
    }.ToFrozenDictionary();

    /// <summary>How many decimals the currency has: GBP 2, JPY 0, KWD 3.</summary>
    public static int MinorUnits(string currency) => OddMinorUnits.GetValueOrDefault(currency, 2);

    /// <summary>The amount in the currency's smallest unit; false when it has more decimals than the currency, or is too large.</summary>
    public bool TryMinorUnits(out long units)
    {
        units = 0;
        if (Math.Abs(Amount) > 9_000_000_000_000m) return false;
        var scaled = Amount * Pow10(MinorUnits(Currency));
        if (scaled != decimal.Truncate(scaled)) return false;
        units = (long)scaled;
        return true;
    }

    /// <summary>An amount from the currency's smallest unit.</summary>
    public static Money FromMinorUnits(long units, string currency)
    {
        var code = currency.ToUpperInvariant();
        return new Money(units / Pow10(MinorUnits(code)), code);
    }

    /// <summary>The same money with its currency's number of decimals where it fits: <c>GBP 1,250.00</c>.</summary>
    public override string ToString()
    {
        var decimals = MinorUnits(Currency);
        var shown = decimal.Round(Amount, decimals) == Amount ? Amount.ToString("N" + decimals, CultureInfo.InvariantCulture)
            : Amount.ToString("#,0.############", CultureInfo.InvariantCulture);
        return $"{Currency} {shown}";
    }

    /// <summary>Compares amounts of one currency.</summary>
    /// <exception cref="InvalidOperationException">The currencies differ: a bug, since nothing here converts.</exception>
    public int CompareTo(Money other) => Amount.CompareTo(Same(other).Amount);

    /// <summary>Adds amounts of one currency.</summary>
    public static Money operator +(Money left, Money right) => new(left.Amount + left.Same(right).Amount, left.Currency);

    /// <summary>Subtracts amounts of one currency.</summary>
    public static Money operator -(Money left, Money right) => new(left.Amount - left.Same(right).Amount, left.Currency);

    public static bool operator <(Money left, Money right) => left.CompareTo(right) < 0;

    public static bool operator >(Money left, Money right) => left.CompareTo(right) > 0;

    public static bool operator <=(Money left, Money right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Money left, Money right) => left.CompareTo(right) >= 0;

    // Equal money is equal whatever its trailing zeros: 10.50 and 10.5 are one amount. decimal's own equality says so already.
    private Money Same(Money other) => other.Currency == Currency
        ? other
        : throw new InvalidOperationException($"{Currency} and {other.Currency} can't be reckoned together");

    private static decimal Pow10(int exponent) => exponent switch { 0 => 1m, 2 => 100m, 3 => 1_000m, _ => 10_000m };
}
