using System.Collections.Frozen;
using System.Globalization;

namespace ClientFlow.Sync.Sandbox.Stripe;

/// <summary>Which currencies Stripe takes and how many decimals each has (docs.stripe.com/currencies).</summary>
internal static class StripeCurrencies
{
    private static readonly FrozenSet<string> ZeroDecimal =
        "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".Split(' ').ToFrozenSet();

    private static readonly FrozenSet<string> ThreeDecimal = "bhd jod kwd omr tnd".Split(' ').ToFrozenSet();

    private static readonly FrozenSet<string> TwoDecimal = (
        "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk " +
        "dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp lkr lrd " +
        "lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr " +
        "sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah uyu uzs wst xcd yer zar zmw").Split(' ').ToFrozenSet();

    public static bool Knows(string currency) =>
        TwoDecimal.Contains(currency) || ZeroDecimal.Contains(currency) || ThreeDecimal.Contains(currency);

    public static int Decimals(string currency) => ZeroDecimal.Contains(currency) ? 0 : ThreeDecimal.Contains(currency) ? 3 : 2;

    public static string Display(long amount, string currency)
    {
        var decimals = Decimals(currency);
        var value = amount / (decimal)Math.Pow(10, decimals);
        return $"{value.ToString("N" + decimals, CultureInfo.InvariantCulture)} {currency.ToUpperInvariant()}";
    }
}
