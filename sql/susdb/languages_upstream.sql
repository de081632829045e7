-- needs: tbLanguage.LanguageID tbLanguage.ShortLanguage tbLanguage.UssEnabled
SELECT ShortLanguage FROM tbLanguage WHERE UssEnabled = 1 AND LanguageID <> 0 ORDER BY ShortLanguage
